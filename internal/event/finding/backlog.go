package finding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// A backlog of several files is merged before it is applied, so that a page of the table is written once for all of them; more than
// mostFacts at once would take too much memory.
const mostFacts = 1 << 19

// piece is the part of a file that a backlog takes: rows from (included) to (excluded). Both lie at the ends of row groups.
type piece struct {
	Path   string `json:"path"`
	Intake string `json:"intake"`
	From   int64  `json:"from"`
	To     int64  `json:"to"`
}

// backlog is facts of several files, sorted by key as one. Which rows of which files it takes is stored before the first is applied, so
// that after a crash the same are merged again: then the key of the last one applied tells what is left.
type backlog struct {
	pieces []piece
	last   []byte // nil: nothing applied yet
	facts  []*fact
	// intakes tells, for each intake, the earliest sight and the number of facts in it.
	intakes map[string]*presence
}

type presence struct{ earliest, facts int64 }

// stored reads the backlog that an earlier process began.
func stored(tx *sqldb.Tx) (*backlog, error) {
	var text string
	var last []byte
	err := tx.QueryRow(`SELECT pieces, last_key FROM finding_apply WHERE one = 1`).Scan(&text, &last)
	if sqldb.NoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b := &backlog{last: last}
	return b, json.Unmarshal([]byte(text), &b.pieces)
}

func (b *backlog) store(tx *sqldb.Tx) error {
	text, err := json.Marshal(b.pieces)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO finding_apply (one, pieces, last_key, facts) VALUES (1, $1, $2, $3)`, string(text), []byte{}, b.rows())
	return err
}

// rows is how many rows of files the backlog takes.
func (b *backlog) rows() (n int64) {
	for _, p := range b.pieces {
		n += p.To - p.From
	}
	return n
}

// load reads and merges the facts of pieces; where a piece has no end yet, it gets one once there are enough facts.
func (a *applying) load(ctx context.Context, pieces []piece) (*backlog, error) {
	b := &backlog{intakes: map[string]*presence{}}
	l := newLoader(a.Store)
	sights := map[brought][]*fact{}
	taken := 0
	for _, p := range pieces {
		in, err := a.intake(ctx, p.Intake)
		if err != nil {
			return nil, err
		}
		at := p.From
		if taken < mostFacts || p.To != math.MaxInt64 {
			err = l.groups(p.Path, p.From, func(rows *event.Batch) (bool, error) {
				if at >= p.To {
					return false, nil
				}
				at += int64(rows.Rows())
				taken += rows.Rows()
				some := l.facts(rows, sqldb.Millis(in.Arrived))
				b.note(p.Intake, some)
				if err := sort(sights, in, some); err != nil {
					return false, err
				}
				return (taken < mostFacts || p.To != math.MaxInt64) && ctx.Err() == nil, ctx.Err()
			})
		}
		if err != nil {
			return nil, err
		}
		if at > p.From {
			p.To = at
			b.pieces = append(b.pieces, p)
		}
	}
	if len(b.pieces) == 0 {
		return nil, unreadable(pieces[0].Path, errors.New("it has fewer rows than the manifest says"))
	}
	return b, a.mark(ctx, b, sights)
}

// note remembers when an intake's facts begin, and how many there are.
func (b *backlog) note(intake string, some []sight) {
	p := b.intakes[intake]
	if p == nil {
		p = &presence{earliest: math.MaxInt64}
		b.intakes[intake] = p
	}
	for _, s := range some {
		p.earliest = min(p.earliest, s.last)
	}
	p.facts += int64(len(some))
}

// sort puts facts by their source.
func sort(into map[brought][]*fact, in IntakeFacts, some []sight) error {
	cache := map[Own]brought{}
	for _, s := range some {
		t, met := cache[s.own]
		if !met {
			var err error
			if t, err = termsOf(in, s.own); err != nil {
				return err
			}
			cache[s.own] = t
		}
		into[t] = append(into[t], s.fact)
	}
	return nil
}

// mark gives facts the bits of their sources and the numbers of their words, and merges them.
func (a *applying) mark(ctx context.Context, b *backlog, sights map[brought][]*fact) error {
	var learned numbers
	err := a.write(ctx, func(tx *sqldb.Tx) error {
		known, err := readSources(tx)
		if err != nil {
			return err
		}
		b.facts = b.facts[:0]
		for t, facts := range sights {
			bit, err := known.bit(tx, t)
			if err != nil {
				return err
			}
			for _, f := range facts {
				f.sources = 1 << bit
			}
			b.facts = append(b.facts, facts...)
		}
		learned, err = a.numbers.give(tx, b.facts)
		return err
	})
	if err != nil {
		return err
	}
	a.numbers.keep(learned)
	b.facts = combine(b.facts)
	return nil
}

// rest is what is not applied yet.
func (b *backlog) rest() []*fact {
	for i, f := range b.facts {
		if bytes.Compare(f.key[:], b.last) > 0 {
			return b.facts[i:]
		}
	}
	return nil
}
