package history

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/segment"
)

// Counts is how many events have each value of a field.
type Counts struct {
	Texts   map[string]*int64 // of a Text
	Numbers map[int64]int64   // of an Int
	None    int64             // events without the field

	ports [1 << 16]int64 // of the Numbers that ports can be, until all files are counted: a map takes three times as long
	used  int            // of them
}

func (c *Counts) size() int { return len(c.Texts) + len(c.Numbers) + c.used }

func (c *Counts) number(v, n int64) {
	if v < 0 || v >= int64(len(c.ports)) {
		c.Numbers[v] += n
		return
	}
	if c.ports[v] == 0 {
		c.used++
	}
	c.ports[v] += n
}

// counters is how many files are counted at a time.
const counters = 2

// Count counts all events of the files by a field. ErrCannot where it is of another kind than Text and Int, may lie in an overflow, or has more
// than most different values. Dictionaries make this cheap: an entry is looked at once a row group.
func (a *Archive) Count(ctx context.Context, files []plan.File, f event.Field, most int) (*Counts, error) {
	if f.Kind != event.Text && f.Kind != event.Int || f.Name == event.FieldExtra || strings.HasPrefix(f.Name, event.ExtraPrefix) {
		return nil, ErrCannot
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	n := max(1, min(counters, runtime.GOMAXPROCS(0), len(files)))
	work, parts, all := make(chan plan.File), make([]*Counts, n), sync.WaitGroup{}
	for i := range parts {
		parts[i] = &Counts{Texts: map[string]*int64{}, Numbers: map[int64]int64{}}
		all.Go(func() {
			var c segment.Chunk
			for file := range work {
				if err := a.count(file, f, most, &c, parts[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, file := range files {
		if ctx.Err() != nil {
			break
		}
		work <- file
	}
	close(work)
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	for _, p := range parts[1:] {
		parts[0].add(p)
	}
	if parts[0].size() > most {
		return nil, ErrCannot
	}
	parts[0].settle()
	return parts[0], nil
}

func (c *Counts) add(o *Counts) {
	for v, n := range o.Texts {
		c.text([]byte(v), *n)
	}
	for v, n := range o.Numbers {
		c.Numbers[v] += n
	}
	for v, n := range o.ports {
		if n > 0 {
			c.number(int64(v), n)
		}
	}
	c.None += o.None
}

// settle makes Numbers of the ports.
func (c *Counts) settle() {
	for v, n := range c.ports {
		if n > 0 {
			c.Numbers[int64(v)] = n
		}
	}
	c.used = 0
}

// text adds events with a text, which is copied only when it is new.
func (c *Counts) text(v []byte, n int64) {
	if known := c.Texts[string(v)]; known != nil {
		*known += n
		return
	}
	c.Texts[string(v)] = &n
}

// count adds the events of one file.
func (a *Archive) count(file plan.File, field event.Field, most int, c *segment.Chunk, to *Counts) (err error) {
	if file.Part.Rows > 0 {
		return ErrCannot
	}
	f, l, err := a.open(file.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if !l.Has(field.Name) {
		to.None += file.Rows
		return nil
	}
	for g := range l.Groups() {
		if err := c.Read(f, l, g, field.Name); err != nil {
			return err
		}
		to.None += c.Counts(func(number int64, text []byte, rows int64) {
			if field.Kind == event.Text {
				to.text(text, rows)
				return
			}
			to.number(number, rows)
		})
		if to.size() > most {
			return ErrCannot
		}
	}
	return nil
}
