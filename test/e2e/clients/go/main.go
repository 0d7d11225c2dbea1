// Programs for the end-to-end tests: clients of an apiserver as Go programs are, and the kubelet of a test's node.
//
// A client is given a kubeconfig by $KUBECONFIG and $FORBIDDEN, a text that no answer may contain. It prints a JSON line for each check
// that held, and ends with 1 at the first that did not.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

var commands = map[string]func(ctx context.Context, args []string) error{
	"kubelet":   runKubelet,
	"informers": runInformers,
	"writers":   runWriters,
	"operator":  runOperator,
	"exec":      runExec,
	// Its own arguments and output: see soak.go.
	"soak-informers": runSoakInformers,
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: clients kubelet|informers|writers|operator|exec|soak-informers")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := commands[os.Args[1]](ctx, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
}

// held tells the test that a check was made and held.
func held(check string, format string, args ...any) {
	line, err := json.Marshal(map[string]string{"check": check, "detail": fmt.Sprintf(format, args...)})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

// eventually asks until the condition is nil; its last error when the time is up.
func eventually(ctx context.Context, condition func() error) error {
	return eventuallyWithin(ctx, 30*time.Second, 50*time.Millisecond, condition)
}

func eventuallyWithin(ctx context.Context, limit, pause time.Duration, condition func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := condition()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
