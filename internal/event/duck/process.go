package duck

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// startLimit is how long a child may take until it is ready, where questions have no more time than usual.
const startLimit = 20 * time.Second

// process is one child.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	pipe io.Closer // beneath out
	temp *tempDir
	last tail
	gone chan struct{} // closed when it was waited for
}

// Word is the first argument by which a binary knows that it is to be the child.
const Word = "__duck"

func selfPath() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe" // the very file that runs, even if another was installed in its place
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// start starts a child, without a network of its own if the system forbids that.
func start(ctx context.Context, o Options) (*process, error) {
	p, err := startOne(ctx, o, true)
	if err != nil && ctx.Err() == nil {
		first := err
		if p, err = startOne(ctx, o, false); err != nil {
			return nil, err
		}
		o.Log.Debug("the query engine shares the network", "reason", first)
	}
	return p, err
}

func startOne(ctx context.Context, o Options, alone bool) (*process, error) {
	temp, err := newTempDir(o.Temp)
	if err != nil {
		return nil, err
	}
	s := settings{Segments: o.Segments, Temp: temp.path, Memory: o.Memory, Data: o.Data, TempLimit: o.TempLimit, Threads: o.Threads, Nice: o.Nice}
	p := &process{temp: temp, gone: make(chan struct{})}
	if err := p.launch(o.Command, s, alone); err != nil {
		temp.remove()
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, max(startLimit, o.Deadline*2/3))
	defer cancel()
	stop := context.AfterFunc(limited, p.signal)
	defer stop()
	if err := p.ready(); err != nil {
		p.kill()
		return nil, errors.Join(limited.Err(), fmt.Errorf("%w (%s)", err, p.epitaph()))
	}
	return p, nil
}

func (p *process) launch(command []string, s settings, alone bool) error {
	env, err := s.environment()
	if err != nil {
		return err
	}
	p.cmd = exec.Command(command[0], command[1:]...) //nolint:gosec // our own binary
	p.cmd.Env, p.cmd.Dir, p.cmd.Stderr = env, s.Temp, &p.last
	p.cmd.WaitDelay = time.Second
	isolate(p.cmd, alone)
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.out, p.pipe = bufio.NewReaderSize(out, 256<<10), out
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go p.await()
	return nil
}

// await notices the death. Process.Wait leaves the pipe to its reader, which
// cmd.Wait would close under its hands.
func (p *process) await() {
	state, err := p.cmd.Process.Wait()
	if err == nil {
		p.last.ended(state.String())
	}
	close(p.gone)
}

// ready waits for the child's first frame.
func (p *process) ready() error {
	kind, body, err := readFrame(p.out, nil)
	if err != nil {
		return err
	}
	if kind == frameReady {
		return nil
	}
	f := fault{}
	if err := json.Unmarshal(body, &f); err != nil {
		return err
	}
	return &f
}

func (p *process) alive() bool {
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

// signal kills without waiting.
func (p *process) signal() { _ = p.cmd.Process.Kill() }

// stopWith asks the child to stop its query when ctx ends, and kills it when it does not within grace. The caller calls the result when the answer has
// ended in some way.
func (p *process) stopWith(ctx context.Context, grace time.Duration) (done func()) {
	answered := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		late := time.AfterFunc(grace, p.signal)
		defer late.Stop()
		if err := writeFrame(p.in, frameStop, nil); err != nil {
			p.signal()
		}
		<-answered
	})
	return func() { close(answered); stop() }
}

// kill kills, waits and clears up.
func (p *process) kill() {
	p.signal()
	<-p.gone
	_ = p.in.Close()
	_ = p.pipe.Close()
	p.temp.remove()
}

// epitaph says how it ended and what it said last.
func (p *process) epitaph() string { return p.last.String() }

// tail keeps the last of what a child wrote to its standard error.
type tail struct {
	mu    sync.Mutex
	text  []byte
	state string
}

const tailSize = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if n := len(t.text) - tailSize; n > 0 {
		t.text = t.text[n:]
	}
	return len(b), nil
}

func (t *tail) ended(state string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state = state
}

// String gives the state and the first line.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	line, _, _ := bytes.Cut(t.text, []byte("\n"))
	return strings.TrimSuffix(t.state+": "+strings.ToValidUTF8(string(line), "?"), ": ")
}
