package finding

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// terms is what makes a source; receivers are JSON, so that it compares.
type terms struct {
	feed        string
	label       tlp.Label
	receivers   string
	attribution string
	pap         tlp.PAP
	iep         string // as iep.Kept reads it
}

// Own is what events say themselves of who may have them and what may be done with them; the zero Own is nothing.
type Own = fold.Own

// brought are the terms of some events: whether they are stricter than those of their intake, by the events' own word.
type brought struct {
	terms
	own bool
}

// termsOf gives the source of an intake's events with labels and a policy of their own: only the source may relax its terms, so the stricter counts.
func termsOf(in IntakeFacts, own Own) (brought, error) {
	kinds := slices.Clone(in.Receivers)
	slices.Sort(kinds)
	b, err := json.Marshal(slices.Compact(kinds))
	plain := terms{in.Feed, in.Label, string(b), in.Attribution, in.PAP, in.IEP.String()}
	t := plain
	t.label, t.pap, t.iep = tlp.Strictest(in.Label, own.Label), max(in.PAP, own.PAP), iep.Stricter(in.IEP, own.IEP.Policy()).String()
	return brought{t, t != plain}, err
}

// mostOwn is how many sources a feed may have before what its events say themselves makes no more of them: bits are few, and whoever writes events must not be
// able to take those of others.
const mostOwn = 16

// strictest are the terms of all that a feed's events say beyond mostOwn.
func (t terms) strictest() terms {
	t.label, t.pap, t.iep = tlp.Red, tlp.PAPRed, iep.Strictest().String()
	return t
}

// sources are the bits given out.
type sources map[terms]int

func readSources(tx *sqldb.Tx) (sources, error) {
	out := sources{}
	err := tx.Each(`SELECT bit, feed, label, receivers, attribution, pap, iep FROM finding_source`, nil, func(scan func(...any) error) error {
		var t terms
		var bit int
		err := scan(&bit, &t.feed, &t.label, &t.receivers, &t.attribution, &t.pap, &t.iep)
		out[t] = bit
		return err
	})
	return out, err
}

// place gives the terms under which events count: their own, or the strictest where their feed has too many sources already.
func (s sources) place(b brought) terms {
	if _, known := s[b.terms]; known || !b.own {
		return b.terms
	}
	n := 0
	for t := range s {
		if t.feed == b.feed {
			n++
		}
	}
	if n >= mostOwn {
		return b.strictest()
	}
	return b.terms
}

// bit finds a source's bit, and gives it one if there are any left.
func (s sources) bit(tx *sqldb.Tx, b brought) (int, error) {
	t := s.place(b)
	if bit, ok := s[t]; ok {
		return bit, nil
	}
	if len(s) >= Beyond {
		return Beyond, nil
	}
	bit := len(s)
	_, err := tx.Exec(`INSERT INTO finding_source (bit, feed, label, receivers, attribution, pap, iep) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		bit, t.feed, int64(t.label), t.receivers, t.attribution, int64(t.pap), t.iep)
	s[t] = bit
	return bit, err
}

// Sources lists the sources met so far, by bit; with Beyond, labelled TLP:RED, once there are more than bits.
func (s *Store) Sources(ctx context.Context) ([]Source, error) {
	var all sources
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		all, err = readSources(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Source, len(all))
	for t, bit := range all {
		out[bit] = Source{Bit: bit, Feed: t.feed, Label: t.label, PAP: min(t.pap, tlp.PAPRed), IEP: iep.Kept(t.iep), Attribution: t.attribution}
		if err := json.Unmarshal([]byte(t.receivers), &out[bit].Receivers); err != nil {
			return nil, problem.Wrap(problem.Internal, err, "receivers of source %d", bit)
		}
	}
	if len(out) >= Beyond {
		out = append(out, Source{Bit: Beyond, Label: tlp.Red, PAP: tlp.PAPRed})
	}
	return out, nil
}

// SourceOf gives a function that tells the bit of an event of an intake with labels of its own; ok is false where
// nothing of the kind was applied. The function asks for each intake once and is used by one goroutine at a time.
func (s *Store) SourceOf(ctx context.Context) (func(intake string, own Own) (bit int, ok bool), error) {
	var all sources
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		all, err = readSources(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	intakes := map[string]*IntakeFacts{}
	return func(intake string, own Own) (int, bool) {
		in, asked := intakes[intake]
		if !asked {
			if facts, err := s.Intake(ctx, intake); err == nil {
				in = &facts
			}
			intakes[intake] = in
		}
		if in == nil {
			return 0, false
		}
		t, err := termsOf(*in, own)
		if err != nil {
			return 0, false
		}
		bit, ok := all[all.place(t)]
		if !ok && len(all) >= Beyond {
			return Beyond, true
		}
		return bit, ok
	}, nil
}
