package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
)

// runExec runs commands in the container `main` of a pod, over both protocols. Arguments: namespace, pod.
func runExec(ctx context.Context, args []string) error {
	config, watch, err := connect("")
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	run := func(protocol string, input string, command ...string) (string, string, error) {
		options := &corev1.PodExecOptions{Container: "main", Command: command, Stdin: true, Stdout: true, Stderr: true}
		url := client.CoreV1().RESTClient().Post().Namespace(args[0]).Resource("pods").Name(args[1]).SubResource("exec").VersionedParams(options, scheme.ParameterCodec).URL()
		var executor remotecommand.Executor
		if protocol == "SPDY" {
			executor, err = remotecommand.NewSPDYExecutor(config, http.MethodPost, url)
		} else {
			executor, err = remotecommand.NewWebSocketExecutor(config, http.MethodGet, url.String())
		}
		if err != nil {
			return "", "", err
		}
		var out, errOut bytes.Buffer
		err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: strings.NewReader(input), Stdout: &out, Stderr: &errOut})
		return out.String(), errOut.String(), err
	}
	for _, protocol := range []string{"SPDY", "WebSocket"} {
		text := strings.Repeat("0123456789", 100_000)
		out, errOut, err := run(protocol, text, "sh", "-c", "cat; echo done >&2")
		if err != nil || out != text || errOut != "done\n" {
			return fmt.Errorf("%s: %d bytes, %q: %w", protocol, len(out), errOut, err)
		}
		var exit utilexec.ExitError
		if _, _, err = run(protocol, "", "sh", "-c", "exit 7"); !errors.As(err, &exit) || exit.ExitStatus() != 7 {
			return fmt.Errorf("%s: exit code 7 is %w", protocol, err)
		}
		held("exec by "+protocol, "%d bytes", len(out))
	}
	return watch.verdict()
}
