package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/dedupe"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/event/segment"
	"github.com/firehall/firehall/internal/feed/format"
)

// bundle is what a worker takes at a time: parts that become one row group.
type bundle struct {
	index int // from 0
	parts []format.Part
}

// cutter gives the bundles of an input, in order; io.EOF ends them.
type cutter interface {
	Next() (bundle, error)
}

// single makes a bundle of each part of a stream.
type single struct{ *format.Splitter }

// Next implements cutter.
func (s single) Next() (bundle, error) {
	p, err := s.Splitter.Next()
	return bundle{p.Index, []format.Part{p}}, err
}

// recycler is a cutter that takes the memory of parts back.
type recycler interface {
	Release(p format.Part)
}

// run is one attempt at one intake: from parts to files, none of them visible yet.
type run struct {
	intake  Intake
	decoder format.Decoder
	parts   cutter
	after   func() error // called once the last part is cut, beside the decoding
	workers int
	secret  [32]byte
	seen    *dedupe.Attempt // nil: no row is a duplicate
	newAttr func() *attributor
	out     *writer
	report  func(rows int64) // progress: rows decoded so far
	hangUp  func(error)      // ends waiting for input, when what comes cannot be used any more; nil: nobody waits
	spent   chan format.Part // parts done with
	counts  rollup.Counts    // of the new events, complete once do is done
	mu      sync.Mutex       // guards counts
}

// cooked is what a worker makes of a part.
type cooked struct {
	index   int
	groups  []classGroup
	facts   *segment.Group
	rejects []event.Reject
	counts  Counts
}

type classGroup struct {
	taxonomy string
	group    *segment.Group
}

// do runs the attempt. errMisaligned asks for another one with exact cutting.
func (r *run) do(ctx context.Context) (Counts, error) {
	group, ctx := errgroup.WithContext(ctx)
	parts := make(chan bundle)
	done := make(chan cooked)
	r.spent = make(chan format.Part, r.workers+1)
	// Tokens bound what is in memory: parts being cut, cooked, or waiting for their turn to be written.
	tokens := make(chan struct{}, 2*r.workers+1)
	group.Go(func() error { return r.cut(ctx, parts, tokens) })
	var cooks sync.WaitGroup
	for range r.workers {
		cooks.Add(1)
		group.Go(func() error {
			defer cooks.Done()
			return r.fatal(r.cook(ctx, parts, done))
		})
	}
	go func() { cooks.Wait(); close(done) }()
	var total Counts
	group.Go(func() error { return r.fatal(r.collect(done, tokens, &total)) })
	err := group.Wait()
	return total, err
}

// fatal hangs up if err ends the whole admission; after a wrong cut or a decoder's fault the rest of the input is still wanted.
func (r *run) fatal(err error) error {
	fault := (*decoderFault)(nil)
	if err != nil && r.hangUp != nil && !errors.Is(err, errMisaligned) && !errors.As(err, &fault) && !errors.Is(err, context.Canceled) {
		r.hangUp(err)
	}
	return err
}

func (r *run) cut(ctx context.Context, parts chan<- bundle, tokens chan<- struct{}) error {
	defer close(parts)
	for {
		r.recycle()
		p, err := r.parts.Next()
		if errors.Is(err, io.EOF) {
			return r.after()
		}
		if err != nil {
			return err
		}
		select {
		case tokens <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case parts <- p:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// recycle gives the memory of parts that are done with back to the cutter: new memory is dear, since the system clears every page of it.
func (r *run) recycle() {
	back, ok := r.parts.(recycler)
	for ok {
		select {
		case p := <-r.spent:
			back.Release(p)
		default:
			return
		}
	}
}

// cook is a worker's life.
func (r *run) cook(ctx context.Context, parts <-chan bundle, done chan<- cooked) error {
	k, err := newKitchen(r)
	if err != nil {
		return err
	}
	for p := range parts {
		c, err := k.cook(p)
		if err != nil {
			return err
		}
		select {
		case r.spent <- p.parts[0]:
		default: // the cutter has enough
		}
		select {
		case done <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.Merge(&k.counter.Counts)
	return nil
}

// collect writes what was cooked in the order of the parts.
func (r *run) collect(done <-chan cooked, tokens <-chan struct{}, total *Counts) error {
	waiting := map[int]cooked{}
	for next := 0; ; {
		c, ok := <-done
		if !ok {
			return nil
		}
		waiting[c.index] = c
		for {
			c, ok := waiting[next]
			if !ok {
				break
			}
			delete(waiting, next)
			next++
			if err := r.out.add(c); err != nil {
				return err
			}
			total.Add(c.counts)
			if r.report != nil {
				r.report(total.Rows)
			}
			<-tokens
		}
	}
}

// kitchen is a worker's tools.
type kitchen struct {
	run     *run
	batch   *event.Batch
	attr    *attributor
	encoder *segment.Encoder
	facts   *segment.Encoder
	sorter  segment.Sorter
	folder  fold.Folder
	counter rollup.Counter // of all parts that this worker cooked: an attempt makes all of them visible, or none
	rows    []int32
	repeats []int32 // duplicates of a complete run: no new events, but what they show still stands
}

func newKitchen(r *run) (*kitchen, error) {
	enc, err := segment.NewEncoder()
	if err != nil {
		return nil, err
	}
	facts, err := segment.NewEncoder()
	if err != nil {
		return nil, err
	}
	return &kitchen{run: r, batch: event.NewBatch(r.secret), attr: r.newAttr(), encoder: enc, facts: facts}, nil
}

// decoderFault says that a decoder failed on hostile or unforeseen input: a mistake of ours, which must neither stop the program nor
// come back at each start.
type decoderFault struct {
	line  int64
	value any
}

func (f *decoderFault) Error() string {
	return fmt.Sprintf("the decoder failed at line %d or after it (%v): please report this, and replay the intake after an update", f.line, f.value)
}

func (k *kitchen) cook(u bundle) (c cooked, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &decoderFault{u.parts[0].Line, v}
		}
	}()
	k.batch.Reset()
	for _, p := range u.parts {
		used, err := k.run.decoder.Decode(p, k.batch)
		if err != nil {
			return cooked{}, err
		}
		if used < len(p.Data) && !p.Last && !p.Exact {
			return cooked{}, errMisaligned
		}
	}
	return k.finish(u.index), nil
}

// finish makes what is to be written of the rows in the batch.
func (k *kitchen) finish(index int) cooked {
	b := k.batch
	k.label()
	slots := k.attr.apply(b)
	c := cooked{index: index, rejects: slices.Clone(b.Rejects())}
	k.rows, k.repeats = k.rows[:0], k.repeats[:0]
	for i, key := range b.Keys() {
		if k.run.seen != nil && !k.run.seen.Add(key) {
			c.counts.Duplicates++
			if k.run.intake.Terms.Complete {
				k.repeats = append(k.repeats, int32(i)) //nolint:gosec // at most the rows of a part
			}
			continue
		}
		k.rows = append(k.rows, int32(i)) //nolint:gosec // at most the rows of a part
		if slots[i] != 0 {
			c.counts.Attributed++
		}
	}
	c.counts.SetAside = int64(len(c.rejects))
	c.counts.Events = int64(len(k.rows))
	c.counts.Unattributed = c.counts.Events - c.counts.Attributed
	c.counts.Rows = c.counts.Events + c.counts.Duplicates + c.counts.SetAside
	if len(k.rows)+len(k.repeats) > 0 {
		k.encode(&c)
	}
	return c
}

// label writes what the intake says about every row.
func (k *kitchen) label() {
	in := &k.run.intake
	k.batch.Const(event.FieldIntake, in.ID)
	k.batch.Const(event.FieldFeed, in.Feed)
	k.batch.ConstTime(event.FieldArrival, in.Arrived.UnixMilli())
	if report := texts(k.batch, event.FieldReport); report.fixed == "" && len(report.values) == 0 {
		k.batch.Const(event.FieldReport, in.Report)
	}
	for _, f := range coreFields {
		k.batch.Column(f.Name)
	}
}

var coreFields = func() (core []event.Field) {
	for _, f := range event.Fields() {
		if f.Core {
			core = append(core, f)
		}
	}
	return core
}()

// encode sorts the new rows, condenses them to facts, and encodes each class apart, since classes are kept for different times.
func (k *kitchen) encode(c *cooked) {
	b := k.batch
	k.sorter.Sort(b, k.rows)
	facts, which := k.folder.Fold(b, k.rows, k.repeats)
	if len(which) > 0 {
		c.facts = k.facts.Group(facts, which, false)
	}
	if len(k.rows) == 0 {
		return
	}
	classes := texts(b, event.FieldTaxonomy)
	if classes.idx == nil {
		k.counter.Count(b, k.rows, classes.fixed)
		c.groups = []classGroup{{classes.fixed, k.encoder.Group(b, k.rows, true)}}
		return
	}
	apart := map[string][]int32{}
	for _, r := range k.rows {
		apart[classes.at(int(r))] = append(apart[classes.at(int(r))], r)
	}
	for taxonomy, rows := range apart {
		k.counter.Count(b, rows, taxonomy)
		c.groups = append(c.groups, classGroup{taxonomy, k.encoder.Group(b, rows, true)})
	}
	slices.SortFunc(c.groups, func(x, y classGroup) int {
		if x.taxonomy < y.taxonomy {
			return -1
		}
		return 1
	})
}
