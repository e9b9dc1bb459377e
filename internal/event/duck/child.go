package duck

import (
	"bufio"
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Engine is the engine that a child runs, as package engine links it.
type Engine struct {
	Open   func() (driver.Conn, error) // of a database of its own, in memory
	Select func(driver.Stmt) error     // why a statement is no SELECT
	Fault  func(error) string          // what an error is: memory, refused, file, stopped; "" for another
}

// Conn is a connection of the engine.
type Conn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
}

// Child is the whole life of the child process: it locks itself up, then answers
// requests from in on out, one after the other, until in ends. The result is the
// exit code. Call it first thing in main, before anything is opened.
func Child(in io.Reader, out io.Writer, e Engine) int {
	s, err := settingsFromEnvironment()
	if err != nil {
		return refuseStart(out, fmt.Errorf("settings: %w", err))
	}
	if err := confine(s); err != nil {
		return refuseStart(out, fmt.Errorf("confine: %w", err))
	}
	con, err := e.open(s)
	if err != nil {
		return refuseStart(out, fmt.Errorf("open: %w", err))
	}
	if err := newChild(e, con, out).serve(in); err != nil {
		return 1
	}
	return 0
}

func refuseStart(out io.Writer, err error) int {
	_ = writeJSON(out, frameFault, fault{"other", err.Error()})
	return 1
}

func (e Engine) open(s settings) (Conn, error) {
	c, err := e.Open()
	if err != nil {
		return nil, err
	}
	con, ok := c.(Conn)
	if !ok {
		return nil, fmt.Errorf("a connection of type %T", c)
	}
	for _, sql := range s.statements() {
		if _, err := con.ExecContext(context.Background(), sql, nil); err != nil {
			return nil, fmt.Errorf("%s: %w", sql, err)
		}
	}
	return con, nil
}

type child struct {
	engine Engine
	con    Conn
	out    *bufio.Writer
}

func newChild(e Engine, con Conn, out io.Writer) *child {
	return &child{engine: e, con: con, out: bufio.NewWriterSize(out, 256<<10)}
}

// asked is a request with the context that ends when it is given up.
type asked struct {
	ctx  context.Context
	body []byte
}

// serve answers requests. The input is read beside it, so that a query can be stopped; its end, which is the parent's, stops it too.
func (c *child) serve(in io.Reader) error {
	requests := make(chan asked)
	go listen(in, requests)
	if err := c.send(frameReady, struct{}{}); err != nil {
		return err
	}
	for r := range requests {
		if err := c.answer(r.ctx, r.body); err != nil {
			return err
		}
	}
	return nil
}

// listen reads what the parent says until it ends.
func listen(in io.Reader, requests chan<- asked) {
	defer close(requests)
	stop := func() {}
	defer func() { stop() }()
	for {
		kind, body, err := readFrame(in, nil)
		if err != nil {
			return
		}
		stop()
		switch kind {
		case frameStop:
		case frameRequest:
			ctx, cancel := context.WithCancel(context.Background())
			stop = cancel
			requests <- asked{ctx, body}
		default:
			return
		}
	}
}

func (c *child) send(kind byte, v any) error {
	if err := writeJSON(c.out, kind, v); err != nil {
		return err
	}
	return c.out.Flush()
}

// answer runs one request; its error is the pipe's, a query's goes down the pipe.
func (c *child) answer(ctx context.Context, body []byte) error {
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return c.send(frameFault, fault{"other", "request: " + err.Error()})
	}
	sum, err := c.run(ctx, r)
	var broken pipeError
	if errors.As(err, &broken) {
		return broken
	}
	if err != nil {
		return c.send(frameFault, c.engine.fault(err))
	}
	sum.Held, sum.Space = held()
	return c.send(frameEnd, sum)
}

// pipeError is a failure to write to the parent.
type pipeError struct{ error }

var errRefused = errors.New("the query engine reads segments and does nothing else")

func (c *child) run(ctx context.Context, r request) (summary, error) {
	if err := admit(r.SQL); err != nil {
		return summary{}, fmt.Errorf("%w: %w", errRefused, err)
	}
	args, err := values(r.Args)
	if err != nil {
		return summary{}, err
	}
	p, err := c.con.PrepareContext(ctx, r.SQL)
	if err != nil {
		return summary{}, err
	}
	defer p.Close()
	if err := c.engine.Select(p); err != nil {
		return summary{}, fmt.Errorf("%w: %w", errRefused, err)
	}
	st, ok := p.(driver.StmtQueryContext)
	if !ok {
		return summary{}, fmt.Errorf("a statement of type %T", p)
	}
	rows, err := st.QueryContext(ctx, args)
	if err != nil {
		return summary{}, err
	}
	defer rows.Close()
	return c.stream(rows, r)
}

// stream sends the rows in batches, at most r.Max.
func (c *child) stream(rows driver.Rows, r request) (sum summary, err error) {
	row := make([]driver.Value, len(rows.Columns()))
	if len(row) != len(r.Types) {
		return sum, fmt.Errorf("%d columns where %d are expected", len(row), len(r.Types))
	}
	b := newBlock(r.Types)
	var body []byte
	flush := func() error {
		if b.rows == 0 {
			return nil
		}
		body = b.encode(body)
		if err := writeFrame(c.out, frameBatch, body); err != nil {
			return pipeError{err}
		}
		return nil
	}
	for {
		if err = rows.Next(row); errors.Is(err, io.EOF) {
			return sum, flush()
		}
		if err != nil {
			return sum, err
		}
		if sum.Rows >= r.Max {
			sum.Truncated = true
			return sum, flush()
		}
		if err := b.add(row); err != nil {
			return sum, err
		}
		sum.Rows++
		if b.full() {
			if err := flush(); err != nil {
				return sum, err
			}
		}
	}
}

// values turns the request's arguments into the driver's.
func values(args []argument) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := a.value()
		if err != nil {
			return nil, fmt.Errorf("value %d: %w", i+1, err)
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out, nil
}

func (a argument) value() (any, error) {
	switch a.Type {
	case "s":
		return a.Value, nil
	case "i":
		return strconv.ParseInt(a.Value, 10, 64)
	case "u":
		return strconv.ParseUint(a.Value, 10, 64)
	case "f":
		return strconv.ParseFloat(a.Value, 64)
	case "b":
		return a.Value == "true", nil
	case "t":
		us, err := strconv.ParseInt(a.Value, 10, 64)
		return time.UnixMicro(us).UTC(), err
	case "l":
		return a.List, nil
	}
	return nil, fmt.Errorf("of unknown type %q", a.Type)
}

// fault sorts an error of the engine.
func (e Engine) fault(err error) fault {
	f := fault{"other", err.Error()}
	switch {
	case errors.Is(err, errRefused):
		f.Kind = "refused"
	case errors.Is(err, context.Canceled):
		f.Kind = "stopped"
	default:
		f.Kind = cmp.Or(e.Fault(err), f.Kind)
	}
	return f
}
