package poll

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

// Job is the kind of the jobs, whose subject is the source.
const Job = "sharing.poll"

// Options is what a Poller stands on.
type Options struct {
	DB      *sqldb.DB
	Clock   clock.Clock
	Log     *slog.Logger
	Sharing *sharing.Service
	Sources map[string]config.TAXII
	// Patience is how long one exchange may take; 0: two minutes.
	Patience time.Duration
}

// Poller asks the sources. It is safe for concurrent use.
type Poller struct{ Options }

// New makes a poller.
func New(o Options) *Poller {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Poller{o}
}

// asked are the names of the sources that have an address.
func (p *Poller) asked() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(p.Sources)), func(name string) bool { return p.Sources[name].URL == "" })
}

// address is where a source's objects are.
func address(s config.TAXII) string {
	return strings.TrimRight(s.URL, "/") + "/collections/" + url.PathEscape(s.Collection) + "/objects/"
}

// List tells how the sources are. Error: Forbidden.
func (p *Poller) List(ctx context.Context, actor identity.Actor) (list []State, err error) {
	if err := actor.Authorise(sharing.OpOverview, "sources"); err != nil {
		return nil, err
	}
	err = p.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		for _, name := range p.asked() {
			s, err := load(tx, name, address(p.Sources[name]))
			if err != nil {
				return err
			}
			s.Into, s.Organisation = p.Sources[name].Into, p.Sources[name].Organisation
			list = append(list, s)
		}
		return nil
	})
	return list, err
}

// Asked counts the sources that are asked.
func (p *Poller) Asked() int { return len(p.asked()) }

// Post sees to it that each source has its job, at the time at which it is due. It is called at each start, and now and then.
func (p *Poller) Post(ctx context.Context, actor identity.Actor) error {
	if err := actor.Authorise(sharing.OpPoll, "sources"); err != nil {
		return err
	}
	return p.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, name := range p.asked() {
			s, err := load(tx, name, address(p.Sources[name]))
			if err != nil {
				return err
			}
			if _, err := jobs.Enqueue(tx, p.Clock.Now(), jobs.Post{Kind: Job, Subject: name, Due: s.Due, Unique: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *Poller) next(tx *sqldb.Tx, name string, due time.Time) error {
	_, err := jobs.Enqueue(tx, p.Clock.Now(), jobs.Post{Kind: Job, Subject: name, Due: due, Unique: true, Again: true})
	return err
}

// Order has a source asked now, whenever it is due. Errors: Forbidden; NotFound.
func (p *Poller) Order(ctx context.Context, actor identity.Actor, name string) error {
	if err := actor.Authorise(sharing.OpOrder, name); err != nil {
		return err
	}
	if p.Sources[name].URL == "" {
		return problem.New(problem.NotFound, "there is no source of that name: taxii.NAME in the configuration would say where to ask")
	}
	return p.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := p.next(tx, name, p.Clock.Now()); err != nil {
			return err
		}
		return actor.Audit(tx, p.Clock.Now(), sharing.OpOrder, name, nil, map[string]any{"poll": "ordered"})
	})
}

// Poll asks a source until there is nothing more, 100 pages at most, and posts the next time. fence is that of the job that does it. A failure of
// the source is on record and no error: the next time is the answer to it. A source that is not in the configuration any more is left alone.
func (p *Poller) Poll(ctx context.Context, actor identity.Actor, name string, fence func(*sqldb.Tx) error) error {
	if err := actor.Authorise(sharing.OpPoll, name); err != nil {
		return err
	}
	source := p.Sources[name]
	if source.URL == "" {
		return nil
	}
	var s State
	err := p.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		s, err = load(tx, name, address(source))
		return err
	})
	if err != nil {
		return err
	}
	s.Tried = p.Clock.Now()
	r := &run{Poller: p, source: source, actor: actor, fence: fence, seen: map[[sha256.Size]byte]bool{}}
	more, failure := r.pages(ctx, &s)
	if ctx.Err() != nil {
		return context.Cause(ctx) // nobody's failure: another does it
	}
	p.judge(&s, source, more, failure)
	return p.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := fence(tx); err != nil {
			return err
		}
		if err := save(tx, s); err != nil {
			return err
		}
		return p.next(tx, name, s.Due)
	})
}

// judge works out when a source is asked next.
func (p *Poller) judge(s *State, source config.TAXII, more bool, failure error) {
	now := p.Clock.Now()
	if failure == nil {
		s.Worked, s.Failures, s.Failing, s.Error, s.Due = now, 0, time.Time{}, "", now.Add(source.Every)
		if more {
			s.Due = now
		}
		return
	}
	if s.Failures++; s.Failures == 1 {
		s.Failing = now
	}
	s.Error = brief(failure.Error())
	pause := min(firstBackoff<<min(s.Failures-1, 20), lastBackoff, max(source.Every, firstBackoff))
	var l *later
	if errors.As(failure, &l) {
		pause = max(pause, min(l.after, longestLater))
	}
	s.Due = now.Add(pause)
	p.Log.Warn("a TAXII server could not be read", "source", s.Name, "failures", s.Failures, "error", failure)
}

const (
	firstBackoff = time.Minute
	lastBackoff  = 6 * time.Hour
	longestLater = 24 * time.Hour
)

// later is a failure of a source that says when it may be asked again.
type later struct {
	after time.Duration
	error
}

// Unwrap gives the failure.
func (l *later) Unwrap() error { return l.error }

func brief(s string) string {
	const most = 500
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", " "), "?")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
