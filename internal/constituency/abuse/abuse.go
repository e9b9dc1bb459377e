// Package abuse keeps the abuse contacts that registries (RDAP) name for networks, so that whoever writes to them need not ask at that moment.
//
// To ask a registry tells it what the team looks at: Options.Allow decides about each question and puts that on record. An answer, a "there is none" and
// a refusal are kept for a time, and only addresses that somebody asks about are asked about. What is kept of one address serves another only if both lie
// in the range that the registry gave, and in the same small block: a registry that claims the whole world gains nothing.
package abuse

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Outcome is what came of a question.
type Outcome string

// The outcomes.
const (
	Told    Outcome = "told"    // the registry names a mailbox
	None    Outcome = "none"    // it knows none
	Refused Outcome = "refused" // nobody was asked: the decision forbids it
	Failed  Outcome = "failed"  // it did not answer
)

// Contact is what is kept of one question.
type Contact struct {
	Asked    netip.Addr // what was asked about
	From, To netip.Addr // the range that the registry's answer is for, both included; invalid if it gave none
	Outcome  Outcome
	Mail     string // of the abuse contact; "" unless Told
	Name     string // of the network, as the registry writes it
	Source   string // the registry's server
	Decision string // id of the release decision about the question
	Reason   string // why nothing was asked or found
	At       time.Time
	Expires  time.Time
}

// Verdict is what release says of a question.
type Verdict struct {
	Decision string // its id
	Allowed  bool
	Reason   string
}

// Options is what a Service needs, all of it.
type Options struct {
	DB    *sqldb.DB
	Clock clock.Clock
	// Allow decides whether a registry may be asked about an address, and records it.
	Allow func(ctx context.Context, actor identity.Actor, address netip.Addr) (Verdict, error)
	// Ask asks it. Errors: NotFound if no registry knows the address, others if it does not answer.
	Ask func(ctx context.Context, address netip.Addr) (rdap.Answer, error)
	// Keep is how long an answer holds.
	Keep time.Duration
}

// How long what is no answer holds. A PAP may be relaxed, and a registry mended.
const (
	keepNone    = 24 * time.Hour
	keepRefused = 6 * time.Hour
	keepFailed  = 15 * time.Minute
)

// Service asks and keeps. It is safe for concurrent use.
type Service struct{ o Options }

// New returns the service.
func New(o Options) *Service { return &Service{o} }

// Known gives what is kept and still holds about addresses; one that was not asked about is left out. Nobody is asked.
func (s *Service) Known(ctx context.Context, actor identity.Actor, list []netip.Addr) (out map[netip.Addr]Contact, err error) {
	if err := actor.Authorise(constituency.OpWho, "abuse contacts"); err != nil {
		return nil, err
	}
	blocks := map[string][]Contact{}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, a := range list {
			if _, read := blocks[block(a)]; read {
				continue
			}
			if blocks[block(a)], err = inBlock(tx, block(a), s.o.Clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	out = map[netip.Addr]Contact{}
	for _, a := range list {
		if c, ok := nearest(blocks[block(a)], a); ok {
			out[a] = c
		}
	}
	return out, err
}

// nearest is what is kept about an address: of itself, or of the narrowest range that it lies in.
func nearest(kept []Contact, a netip.Addr) (best Contact, ok bool) {
	a = a.Unmap().WithZone("")
	for _, c := range kept {
		switch {
		case c.Asked == a:
			return c, true
		case c.Outcome != Told || !c.From.IsValid() || a.Less(c.From) || c.To.Less(a):
		case !ok || best.From.Less(c.From) || best.From == c.From && c.To.Less(best.To):
			best, ok = c, true
		}
	}
	return best, ok
}

// block is the small network beyond which no answer is used again: registries rarely give smaller ones to others.
func block(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// Ask asks about addresses of which nothing is known, one after the other, until ctx ends: what is left is asked next time. It returns about how many
// a registry was asked, or would have been. Errors: Forbidden, and those of the database and of Options.Allow.
func (s *Service) Ask(ctx context.Context, actor identity.Actor, list []netip.Addr) (n int, err error) {
	for _, a := range list {
		a = a.Unmap().WithZone("")
		if !a.IsGlobalUnicast() || a.IsPrivate() {
			continue
		}
		known, err := s.Known(ctx, actor, []netip.Addr{a})
		if err == nil && len(known) == 0 {
			n++
			err = s.ask(ctx, actor, a)
		}
		if ctx.Err() != nil {
			return n, nil //nolint:nilerr // the time for it is over, which is no fault
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Service) ask(ctx context.Context, actor identity.Actor, a netip.Addr) error {
	v, err := s.o.Allow(ctx, actor, a)
	if err != nil {
		return err
	}
	c := Contact{Asked: a, At: s.o.Clock.Now(), Decision: v.Decision, Outcome: Refused, Reason: v.Reason}
	c.Expires = c.At.Add(keepRefused)
	if v.Allowed {
		answer, err := s.o.Ask(ctx, a)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err() // we did not wait: it is asked again
		}
		c.take(answer, err, s.o.Keep)
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return upsert(tx, block(a), c) })
}

// take reads a registry's answer.
func (c *Contact) take(a rdap.Answer, err error, keep time.Duration) {
	c.Name, c.Source, c.Reason = a.Name, a.Source, ""
	switch {
	case problem.Is(err, problem.NotFound), err == nil && len(a.Contacts) == 0:
		c.Outcome, c.Reason, keep = None, "the registry names no abuse contact", min(keep, keepNone)
	case err != nil:
		c.Outcome, c.Reason, keep = Failed, "the registry did not answer", min(keep, keepFailed)
	default:
		c.Outcome, c.Mail = Told, a.Contacts[0].Mail
		if a.From.BitLen() == c.Asked.BitLen() && a.From.Compare(c.Asked) <= 0 && c.Asked.Compare(a.To) <= 0 {
			c.From, c.To = a.From, a.To
		}
	}
	c.Expires = c.At.Add(keep)
}
