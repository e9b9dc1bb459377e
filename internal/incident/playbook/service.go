package playbook

import (
	"context"
	"encoding/hex"
	"sync"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Options is what the room asks. All of it is needed.
type Options struct {
	DB        *sqldb.DB
	Clock     clock.Clock
	Incidents *incident.Service
	Shelf     *Shelf
}

// Service keeps playbooks, their runs and tasks. It is safe for concurrent use.
type Service struct {
	o     Options
	mu    sync.Mutex
	texts map[string]*Book // by digest: those that runs were started with
}

// New makes the room.
func New(o Options) *Service { return &Service{o: o, texts: map[string]*Book{}} }

// Books lists the playbooks that can be started.
func (s *Service) Books(_ context.Context, actor identity.Actor) ([]Book, error) {
	if err := actor.Authorise(OpBooks, ""); err != nil {
		return nil, err
	}
	return s.o.Shelf.Books(), nil
}

// Edition is a text of a playbook that was ever started or can be.
type Edition struct {
	Version int       `json:"version"`
	Digest  string    `json:"digest"`
	Seen    time.Time `json:"seen,omitzero"` // first started; zero: never
	Current bool      `json:"current"`
	Runs    int       `json:"runs"` // on incidents that the reader sees
}

// Book gives one playbook, as it would be started now or (digest) as it was, and all its texts, the latest first. Errors: NotFound.
func (s *Service) Book(ctx context.Context, actor identity.Actor, id, digest string) (b Book, all []Edition, err error) {
	if err := actor.Authorise(OpBooks, id); err != nil {
		return b, nil, err
	}
	b, current := s.o.Shelf.Book(id)
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if all, err = s.editions(tx, actor, id, b.Digest); err != nil {
			return err
		}
		if digest == "" || digest == b.Digest {
			return nil
		}
		old, err := s.text(tx, digest)
		if err == nil && old.ID != id {
			err = goneBook(id)
		}
		if err == nil {
			b, current = *old, true
		}
		return err
	})
	if err == nil && !current {
		err = goneBook(id)
	}
	return b, all, err
}

func goneBook(id string) error {
	return problem.New(problem.NotFound, "there is no playbook %q", clip(id))
}

func (s *Service) editions(tx *sqldb.Tx, actor identity.Actor, id, current string) (all []Edition, err error) {
	v, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return nil, err
	}
	c := condition{}
	c.and("1 = 1")
	c.of(func(first int) (string, []any) { return v.Incidents("i", first) })
	c.and("r.digest = p.digest")
	count := `(SELECT count(*) FROM playbook_run r JOIN incident i ON i.id = r.incident WHERE ` + c.String() + `)`
	c.and("p.book = ?", id)
	found := current == ""
	err = tx.Each(`SELECT p.version, p.digest, p.seen, `+count+` FROM playbook_text p WHERE `+c.where[len(c.where)-1]+` ORDER BY p.version DESC, p.seen DESC`, c.args,
		func(scan func(...any) error) error {
			var e Edition
			err := scan(&e.Version, &e.Digest, moment{&e.Seen}, &e.Runs)
			e.Current = e.Digest == current
			found = found || e.Current
			all = append(all, e)
			return err
		})
	if b, ok := s.o.Shelf.Book(id); ok && !found {
		all = append([]Edition{{Version: b.Version, Digest: b.Digest, Current: true}}, all...)
	}
	return all, err
}

// text gives a text of a playbook by its digest: parsed once, since it never changes.
func (s *Service) text(tx *sqldb.Tx, digest string) (*Book, error) {
	s.mu.Lock()
	b, ok := s.texts[digest]
	s.mu.Unlock()
	if ok {
		return b, nil
	}
	var source string
	err := tx.QueryRow(`SELECT source FROM playbook_text WHERE digest = $1`, digest).Scan(&source)
	if sqldb.NoRows(err) {
		return nil, goneBook(digest)
	}
	if err != nil {
		return nil, err
	}
	book, err := Parse([]byte(source))
	if err != nil {
		return nil, problem.Wrap(problem.Internal, err, "read the text of a running playbook")
	}
	return s.remember(&book), nil
}

// mostTexts bounds the texts that are held in memory.
const mostTexts = 1000

func (s *Service) remember(b *Book) *Book {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.texts) >= mostTexts {
		clear(s.texts)
	}
	s.texts[b.Digest] = b
	return b
}

// keep writes down the text that a run is started with.
func keep(tx *sqldb.Tx, b *Book, now time.Time) error {
	if _, err := hex.DecodeString(b.Digest); err != nil {
		return problem.Wrap(problem.Internal, err, "the digest of a playbook")
	}
	_, err := tx.Exec(`INSERT INTO playbook_text (digest, book, version, source, seen) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO NOTHING`,
		b.Digest, b.ID, b.Version, b.Source, now)
	return err
}
