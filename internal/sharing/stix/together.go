package stix

import (
	"errors"
	"io"
	"runtime"
)

// How much is decoded at once by one of several: so many objects, or so many bytes.
const (
	handful      = 256
	handfulBytes = 1 << 20
)

// chunk is some objects that follow each other in the input.
type chunk struct {
	pieces   []piece
	end      error // of the reading behind them
	objects  []Object
	keys     []uint64    // hashes of their ids
	rejected []*Rejected // of each object, nil if it is sound
	panicked any
	done     chan struct{}
}

// read takes all objects of an input, in its order; they are decoded by as many as there are processors, while it is read on.
func (p *parsed) read(in *Reader) error {
	chunks := make(chan *chunk, runtime.GOMAXPROCS(0))
	go func() {
		defer close(chunks)
		for {
			c := in.chunk()
			go c.decode(in.limits, p.hash)
			chunks <- c
			if c.end != nil {
				return
			}
		}
	}()
	var end error
	var panicked any
	for c := range chunks {
		<-c.done
		if c.panicked != nil {
			panicked = c.panicked
		}
		if panicked == nil {
			p.take(c)
		}
		end = c.end
	}
	if panicked != nil {
		panic(panicked) // where whoever called can meet it
	}
	if errors.Is(end, io.EOF) {
		return nil
	}
	return end
}

// chunk reads some objects.
func (r *Reader) chunk() *chunk {
	c := &chunk{done: make(chan struct{}), pieces: make([]piece, 0, min(handful, r.index+8))} // behind many objects are more
	for n := 0; len(c.pieces) < handful && n < handfulBytes; {
		p, err := r.step()
		if err != nil {
			c.end = err
			return c
		}
		c.pieces = append(c.pieces, p)
		n += len(p.raw)
	}
	return c
}

func (c *chunk) decode(l Limits, hash func(string) uint64) {
	defer close(c.done)
	defer func() { c.panicked = recover() }()
	c.objects, c.keys, c.rejected = make([]Object, len(c.pieces)), make([]uint64, len(c.pieces)), make([]*Rejected, len(c.pieces))
	for i, p := range c.pieces {
		c.objects[i], c.rejected[i] = l.judge(p)
		c.keys[i] = hash(c.objects[i].ID)
	}
}

func (p *parsed) take(c *chunk) {
	for i, no := range c.rejected {
		if no != nil {
			p.rejected = append(p.rejected, *no)
			continue
		}
		p.add(&c.objects[i], c.keys[i])
	}
}
