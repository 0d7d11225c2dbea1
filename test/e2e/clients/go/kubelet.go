package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"time"

	"github.com/creack/pty"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// kubelet runs commands of all containers as processes of this machine, by the code that container runtimes use.
type kubelet struct{ workDir string }

// runKubelet serves exec and attach; all else is KWOK's, whose exec neither tells exit codes nor ends stdin.
// Arguments: address, certificate file, key file, working folder, KWOK's URL.
func runKubelet(ctx context.Context, args []string) error {
	if len(args) != 5 {
		return errors.New("usage: kubelet ADDRESS CERTIFICATE KEY FOLDER KWOK")
	}
	kwok, err := url.Parse(args[4])
	if err != nil {
		return err
	}
	node := kubelet{workDir: args[3]}
	proxy := httputil.NewSingleHostReverseProxy(kwok)
	proxy.FlushInterval = -1
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", node.serve)
	mux.HandleFunc("/attach/{namespace}/{pod}/{container}", node.serve)
	mux.Handle("/", proxy)
	server := &http.Server{Addr: args[0], Handler: mux}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.ListenAndServeTLS(args[1], args[2]); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (k kubelet) serve(w http.ResponseWriter, req *http.Request) {
	options, err := remotecommand.NewOptions(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	pod, container := req.PathValue("namespace")+"/"+req.PathValue("pod"), req.PathValue("container")
	const idle, creation = time.Hour, 30 * time.Second
	protocols := remotecommand.SupportedStreamingProtocols
	if req.URL.Path[:6] == "/exec/" {
		remotecommand.ServeExec(w, req, k, pod, "", container, req.Form["command"], options, idle, creation, protocols)
	} else {
		remotecommand.ServeAttach(w, req, k, pod, "", container, options, idle, creation, protocols)
	}
}

func (k kubelet) ExecInContainer(ctx context.Context, _, _, container string, command []string, in io.Reader, out, errOut io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = k.workDir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm", "CONTAINER=" + container}
	// Grandchildren may hold the output open after the command was killed.
	cmd.WaitDelay = time.Second
	if tty {
		return exitStatus(runInTerminal(cmd, in, out, resize))
	}
	cmd.Stdout, cmd.Stderr = out, errOut
	if in != nil {
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		go func() {
			// An error is the client's leaving, an end is the end of its input.
			if _, err := io.Copy(stdin, in); err != nil {
				cancel()
			}
			stdin.Close()
		}()
	}
	return exitStatus(cmd.Run())
}

func runInTerminal(cmd *exec.Cmd, in io.Reader, out io.Writer, resize <-chan remotecommand.TerminalSize) error {
	terminal, err := pty.Start(cmd)
	if err != nil {
		return err
	}
	defer terminal.Close()
	go func() {
		for size := range resize {
			_ = pty.Setsize(terminal, &pty.Winsize{Rows: size.Height, Cols: size.Width})
		}
	}()
	if in != nil {
		go func() {
			_, _ = io.Copy(terminal, in)
			_ = cmd.Process.Kill()
		}()
	}
	// Ends with an error when the last process has let go of the terminal.
	_, _ = io.Copy(out, terminal)
	return cmd.Wait()
}

func exitStatus(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return utilexec.CodeExitError{Err: err, Code: exit.ExitCode()}
	}
	return err
}

// AttachContainer is a container that greets whoever attaches, and repeats what it is told until it is told `bye`.
func (k kubelet) AttachContainer(_ context.Context, _, _, container string, in io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	fmt.Fprintf(out, "attached to %s\n", container)
	if in == nil {
		return nil
	}
	for lines := bufio.NewScanner(in); lines.Scan() && lines.Text() != "bye"; {
		fmt.Fprintf(out, "you said %s\n", lines.Text())
	}
	return nil
}
