package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/firehall/firehall/test/port"
)

// serverPatience bounds how long the server may take to be ready, and to end.
const serverPatience = 3 * time.Minute

// server is `firehall serve`, as a child.
type server struct {
	cmd  *exec.Cmd
	url  string
	errs bytes.Buffer
	peak chan int64 // the most that was resident, of it and its query engines
	done chan struct{}
	cpu  time.Duration // once it has ended
}

// serve starts the server over a data folder, and waits until it is ready.
func (h *house) serve(ctx context.Context, data string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &server{url: "http://" + address, peak: make(chan int64, 1), done: make(chan struct{})}
	s.cmd = exec.CommandContext(ctx, h.binary, "--data", data, "serve", "--listen", address)
	s.cmd.Stderr, s.cmd.WaitDelay = &s.errs, time.Minute
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.peak <- watchTree(s.cmd.Process.Pid, s.done) }()
	return s, s.wait(ctx)
}

func freeAddress() (string, error) {
	n, err := port.Free()
	return fmt.Sprintf("127.0.0.1:%d", n), err
}

// wait waits until the server says that it is ready.
func (s *server) wait(ctx context.Context) error {
	for end := time.Now().Add(serverPatience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if status, _, err := fetch(ctx, http.DefaultClient, s.url+"/readyz"); err == nil && status == http.StatusOK {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	_, err := s.stop()
	return errors.Join(fmt.Errorf("the server was not ready within %s", serverPatience), err)
}

// stop ends the server as its supervisor does, and gives the most memory that it had.
func (s *server) stop() (peak int64, err error) {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(serverPatience, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	err = s.cmd.Wait()
	close(s.done)
	s.cpu = s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
	if err != nil {
		err = fmt.Errorf("serve: %w\n%s", err, lastLines(s.errs.String()))
	}
	return <-s.peak, err
}

// fetch asks for a page and reads it whole.
func fetch(ctx context.Context, c *http.Client, url string) (status int, text []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	return do(c, r)
}

func do(c *http.Client, r *http.Request) (status int, text []byte, err error) {
	res, err := c.Do(r)
	if err != nil {
		return 0, nil, err
	}
	text, err = io.ReadAll(res.Body)
	return res.StatusCode, text, errors.Join(err, res.Body.Close())
}

// say runs a command beside the server and gives its first line.
func (h *house) say(ctx context.Context, data string, args ...string) (string, error) {
	u, err := h.run(ctx, append([]string{"--data", data}, args...)...)
	line, _, _ := strings.Cut(string(u.out), "\n")
	return strings.TrimSpace(line), err
}
