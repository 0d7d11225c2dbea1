package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// watchful looks for the forbidden text in everything that is answered, whatever its encoding.
type watchful struct {
	forbidden []byte
	mutex     sync.Mutex
	seen      []string
	// Media types of answers, by the request's path.
	mediaTypes map[string]string
}

// connect gives a client configuration, and what has looked at its answers.
func connect(contentType string) (*rest.Config, *watchful, error) {
	return connectBy(os.Getenv("KUBECONFIG"), contentType)
}

func connectBy(kubeconfig, contentType string) (*rest.Config, *watchful, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	forbidden := os.Getenv("FORBIDDEN")
	if forbidden == "" {
		return nil, nil, fmt.Errorf("$FORBIDDEN is not set")
	}
	config.QPS, config.Burst = 200, 400
	if contentType != "" {
		config.ContentType = contentType
		config.AcceptContentTypes = contentType + ",application/json"
	}
	watch := &watchful{forbidden: []byte(forbidden), mediaTypes: map[string]string{}}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return &lookingTripper{next, watch} })
	return config, watch, nil
}

// verdict is an error when the forbidden text has come.
func (w *watchful) verdict() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.seen) > 0 {
		return fmt.Errorf("%q was answered: %q", w.forbidden, w.seen)
	}
	held("nothing of upstream's names in any answer", "%d paths", len(w.mediaTypes))
	return nil
}

func (w *watchful) report(where string, text []byte) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.seen) < 5 {
		w.seen = append(w.seen, where+": "+string(text))
	}
}

type lookingTripper struct {
	next  http.RoundTripper
	watch *watchful
}

func (t *lookingTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(req)
	if err != nil {
		return response, err
	}
	where := req.Method + " " + req.URL.RequestURI()
	t.watch.mutex.Lock()
	t.watch.mediaTypes[req.URL.Path] = response.Header.Get("Content-Type")
	t.watch.mutex.Unlock()
	for name, values := range response.Header {
		for _, value := range values {
			if bytes.Contains([]byte(value), t.watch.forbidden) {
				t.watch.report(where, []byte(name+": "+value))
			}
		}
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		response.Body = &lookingBody{ReadCloser: response.Body, watch: t.watch, where: where}
	}
	return response, nil
}

// lookingBody keeps as much of what was read as the text could lack.
type lookingBody struct {
	io.ReadCloser
	watch *watchful
	where string
	tail  []byte
}

func (b *lookingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	text := append(b.tail, p[:n]...)
	if at := bytes.Index(text, b.watch.forbidden); at >= 0 {
		b.watch.report(b.where, text[max(0, at-100):min(len(text), at+100)])
	}
	b.tail = bytes.Clone(text[max(0, len(text)-len(b.watch.forbidden)+1):])
	return n, err
}
