package duck

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
)

// Options say where and how large. The zero value of everything but Segments
// and Temp has a default.
type Options struct {
	Segments string // folder of the segments; the files of plans must be named by absolute paths below it
	Temp     string // folder in which each child gets one of its own, removed with it

	Memory    int64         // bytes that DuckDB may use; 384 MiB
	Data      int64         // bytes of address space that the kernel allows the child to write to; twice Memory and 640 MiB
	TempLimit int64         // bytes of temporary files; 2 GiB
	Threads   int           // 2
	Deadline  time.Duration // of one query, if its context has no earlier one; 30 s
	MaxRows   int64         // of one answer; 1,000,000
	Nice      int           // how far the child stands back for others, up to 19
	Idle      time.Duration // after which a child without a query is ended; 0 is never
	Command   []string      // starts the child; this binary with __duck
	Log       *slog.Logger

	grace time.Duration // how long a child may take to stop a query that was given up, and then is killed; a quarter of a second
}

func (o Options) withDefaults() Options {
	o.Memory = orElse(o.Memory, 384<<20)
	o.Data = orElse(o.Data, 2*o.Memory+640<<20)
	o.TempLimit = orElse(o.TempLimit, 2<<30)
	o.Threads = orElse(o.Threads, 2)
	o.Deadline = orElse(o.Deadline, 30*time.Second)
	o.MaxRows = orElse(o.MaxRows, 1_000_000)
	o.grace = orElse(o.grace, 250*time.Millisecond)
	if abs, err := filepath.Abs(o.Segments); err == nil { // the child works elsewhere
		o.Segments = abs
	}
	if o.Command == nil {
		o.Command = []string{selfPath(), Word}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func orElse[T int | int64 | time.Duration](v, other T) T {
	if v > 0 {
		return v
	}
	return other
}

// Client asks one child, one query at a time; it is safe for concurrent use.
// The child is started by the first query and after it died.
type Client struct {
	o    Options
	turn chan struct{} // holds the child's place
	p    *process
	idle *time.Timer // ends a child that nobody asks; nil without Options.Idle
}

// New makes a client; nothing is started yet.
func New(o Options) *Client {
	c := &Client{o: o.withDefaults(), turn: make(chan struct{}, 1)}
	if c.o.Idle > 0 {
		c.idle = time.AfterFunc(c.o.Idle, c.rest)
	}
	c.turn <- struct{}{}
	return c
}

// rest ends the child unless a query runs.
func (c *Client) rest() {
	select {
	case <-c.turn:
		c.end()
		c.turn <- struct{}{}
	default: // a query runs, and will set the timer anew
	}
}

// end ends the child, whose turn the caller has.
func (c *Client) end() {
	if c.p != nil {
		c.p.kill()
		c.p = nil
	}
}

// yield gives the turn to the next query.
func (c *Client) yield() {
	if c.idle != nil {
		c.idle.Reset(c.o.Idle)
	}
	c.turn <- struct{}{}
}

// Summary is what can be said of an answer besides its rows.
type Summary struct {
	Rows      int64
	Truncated bool          // there were more than MaxRows
	Waited    time.Duration // for other queries
	Started   time.Duration // starting a child, 0 if one was there
	Took      time.Duration // the query itself
	Held      int64         // bytes that the child had resident at its end
	Space     int64         // bytes that the kernel counted against Options.Data then
}

// Query runs a plan and gives its rows to sink. When ctx ends or the deadline
// passes, the child is killed. Errors: problem.Invalid when the query needs too
// much memory, problem.Unavailable when it took too long, was given up or its
// child died; the sink's own error as it is.
func (c *Client) Query(ctx context.Context, p plan.Plan, sink answer.Sink) (Summary, error) {
	var sum Summary
	if p.Empty {
		return sum, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.o.Deadline)
	defer cancel()
	from := time.Now()
	select {
	case <-c.turn:
		defer c.yield()
	case <-ctx.Done():
		return sum, c.overdue(ctx)
	}
	sum.Waited = time.Since(from)
	if err := c.ensure(ctx, &sum); err != nil {
		return sum, err
	}
	from = time.Now()
	err := c.ask(ctx, p, sink, &sum)
	sum.Took = time.Since(from)
	return sum, err
}

// Close ends the child and waits until it is gone.
func (c *Client) Close() error {
	<-c.turn
	if c.idle != nil {
		c.idle.Stop()
	}
	c.end()
	c.turn <- struct{}{}
	return nil
}

// ensure has a living child.
func (c *Client) ensure(ctx context.Context, sum *Summary) error {
	if c.p != nil && c.p.alive() {
		return nil
	}
	if c.p != nil {
		c.o.Log.Warn("the query engine had died", "reason", c.p.epitaph())
		c.p.kill()
		c.p = nil
	}
	from := time.Now()
	p, err := start(ctx, c.o)
	if err != nil {
		if ctx.Err() != nil {
			return c.overdue(ctx)
		}
		return problem.Wrap(problem.Unavailable, err, "starting the query engine")
	}
	c.p, sum.Started = p, time.Since(from)
	return nil
}

// ask sends the plan and reads the answer. A query that is given up is stopped; a child that does not do so, or fails in any other way
// than by refusing, loses its life, so that the next query begins with a clean pipe.
func (c *Client) ask(ctx context.Context, p plan.Plan, sink answer.Sink, sum *Summary) error {
	child := c.p
	r, err := requestOf(p, c.o.MaxRows)
	if err != nil {
		return err
	}
	if err = writeJSON(child.in, frameRequest, r); err == nil {
		stop := child.stopWith(ctx, c.o.grace)
		err = c.receive(ctx, child, p, r.Types, sink, sum)
		stop()
	}
	var f *fault
	switch {
	case err == nil:
		c.retire(sum)
		return nil
	case errors.As(err, &f) && f.Kind == "stopped" && ctx.Err() != nil:
		return c.overdue(ctx)
	case errors.As(err, &f) && ctx.Err() == nil:
		if f.Kind == "memory" { // what it took it does not always give back
			c.end()
		}
		return c.explain(f)
	}
	c.end()
	var own sinkError
	switch {
	case errors.As(err, &own):
		return own.error
	case ctx.Err() != nil:
		return c.overdue(ctx)
	}
	c.o.Log.Warn("the query engine died", "reason", child.epitaph(), "error", err)
	return problem.New(problem.Unavailable, "the query engine died over this query (%s); it probably needed more memory than it may have: narrow the time or the terms and ask again", child.epitaph())
}

// retire ends a child that keeps too much: it remembers the footers of the segments that it read, and these are many in time. Its allocator
// keeps address space that it emptied, too: some dozens of small questions in a row take half a gigabyte of it with a fifth in use. The kernel
// counts all of it, and would refuse the next query the memory that it may have.
func (c *Client) retire(sum *Summary) {
	if sum.Held > c.o.Memory+c.o.Memory/4 || sum.Space > c.o.Data-c.o.Memory-spare {
		c.o.Log.Debug("a new query engine", "held", sum.Held, "space", sum.Space)
		c.end()
	}
}

// spare is what a query takes beside DuckDB's memory: stacks of threads, the pipe, what libraries ask of the system by themselves.
const spare = 128 << 20

// sinkError keeps the sink's error apart from the child's.
type sinkError struct{ error }

func (f *fault) Error() string { return f.Message }

func (c *Client) receive(ctx context.Context, child *process, p plan.Plan, types string, sink answer.Sink, sum *Summary) error {
	a := newAssembler(p.Columns, types)
	var buf []byte
	for {
		kind, body, err := readFrame(child.out, buf)
		if err != nil {
			return err
		}
		buf = body[:cap(body)]
		switch kind {
		case frameBatch:
			if ctx.Err() != nil { // nobody wants it any more
				continue
			}
			b, err := a.assemble(body)
			if err != nil {
				return err
			}
			if err := sink(b); err != nil {
				return sinkError{err}
			}
		case frameEnd:
			var s summary
			err := json.Unmarshal(body, &s)
			sum.Rows, sum.Truncated, sum.Held, sum.Space = s.Rows, s.Truncated, s.Held, s.Space
			return err
		case frameFault:
			f := new(fault)
			if err := json.Unmarshal(body, f); err != nil {
				return err
			}
			return f
		default:
			return problem.New(problem.Internal, "a frame of type %q from the query engine", kind)
		}
	}
}

// ErrMemory is in the error of a query that needed more memory than it may have: who can ask for less at a time may do so.
var ErrMemory = errors.New("out of memory")

// explain turns a fault of the query into words for who asked.
func (c *Client) explain(f *fault) error {
	switch f.Kind {
	case "memory":
		c.o.Log.Info("a query needed too much memory", "error", f.Message)
		return problem.Wrap(problem.Invalid, ErrMemory, "the query needed more than %d MB of memory; narrow the time, or group by fewer fields", c.o.Memory>>20)
	case "refused":
		return problem.New(problem.Forbidden, "the query engine refused: %s", f.Message)
	case "file":
		return problem.New(problem.Unavailable, "a segment could not be read; if it was just rewritten, ask again; else run the doctor: %s", f.Message)
	}
	return problem.New(problem.Internal, "the query engine failed: %s", f.Message)
}

func (c *Client) overdue(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return problem.Wrap(problem.Unavailable, ctx.Err(), "the query took longer than it may (at most %s); narrow the time or the terms", c.o.Deadline)
	}
	return problem.Wrap(problem.Unavailable, ctx.Err(), "the query was given up")
}

// requestOf writes a plan for the child.
func requestOf(p plan.Plan, maxRows int64) (request, error) {
	r := request{SQL: p.SQL, Args: make([]argument, len(p.Args)), Types: wireTypes(p.Columns), Max: maxRows}
	for i, v := range p.Args {
		switch x := v.(type) {
		case string:
			r.Args[i] = argument{Type: "s", Value: x}
		case int64:
			r.Args[i] = argument{Type: "i", Value: strconv.FormatInt(x, 10)}
		case uint64:
			r.Args[i] = argument{Type: "u", Value: strconv.FormatUint(x, 10)}
		case float64:
			r.Args[i] = argument{Type: "f", Value: strconv.FormatFloat(x, 'g', -1, 64)}
		case bool:
			r.Args[i] = argument{Type: "b", Value: strconv.FormatBool(x)}
		case time.Time:
			r.Args[i] = argument{Type: "t", Value: strconv.FormatInt(x.UnixMicro(), 10)}
		case []string:
			r.Args[i] = argument{Type: "l", List: x}
		default:
			return r, problem.New(problem.Internal, "a plan holds a value of type %T", v)
		}
	}
	return r, nil
}

func wireTypes(cols []plan.Column) string {
	letters := map[event.Kind]string{event.Text: "s", event.Int: "i", event.Time: "i", event.Float: "f", event.Bool: "b", event.IP: "uu"}
	out := ""
	for _, c := range cols {
		out += letters[c.Kind]
	}
	return out
}
