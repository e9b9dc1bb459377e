package release

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// OpLeak is to ask a second person to let a copy go although it names somebody.
const OpLeak identity.Operation = "release.leak"

// OpHand is to decide that something goes into somebody's hands: a document, or a file with its chain.
const OpHand identity.Operation = "release.hand"

// Stop is how a copy stands that names somebody.
type Stop string

// The states.
const (
	StopFound    Stop = "stopped" // whoever wrote it may change it, or ask a second person
	StopAsked    Stop = "asked"
	StopApproved Stop = "approved"
	StopRefused  Stop = "refused"
)

// Stops lists the states.
func Stops() []Stop { return []Stop{StopFound, StopAsked, StopApproved, StopRefused} }

// Leaking is the error of Clear for a copy that names somebody, of the kind Conflict. The copy is on record by its digest, though what the sender did is
// rolled back.
type Leaking struct {
	ID     string // for AskLeak; "" where nobody can be asked: it is to be taken out
	State  Stop
	Places []leak.Leak
}

// Error says where, and what to do.
func (e *Leaking) Error() string {
	after := "Take it out, or leave the file away. If it has to go as it is, ask a second person: firehall release ask-leak " + e.ID + ", or the page Releases"
	switch {
	case e.ID == "":
		after = "Take it out, or leave the file away"
	case e.State == StopAsked:
		after = "A second person is asked whether exactly this may go: wait for them, or take it out"
	case e.State == StopRefused:
		after = "A second person refused to let it go: take it out, or leave the file away"
	}
	return "the copy says what its recipient may not know: " + leak.Sentences(e.Places, mostLeaks) + ". " + after
}

// Leaks finds where a copy named somebody, in the error of a sender.
func Leaks(err error) (*Leaking, bool) {
	stop := (*Leaking)(nil)
	ok := errors.As(err, &stop)
	return stop, ok
}

// Stopped copies are kept for so long: the names in them are of people, and an approval is for what is sent now.
const stopKept = reuse

// StoppedCopy is a copy that named somebody, and what a second person said.
type StoppedCopy struct {
	ID           string
	Kind, Item   string // of what it is about: the item's kind and id
	Organisation string // id of the recipient's organisation
	To           Audience
	State        Stop
	FoundBy      string // whose letter it is
	Found        time.Time
	AskedBy, For string // and why it should go all the same
	Asked        time.Time
	Seconder     string
	Seconded     time.Time
	SecondedFor  string
	Places       []leak.Leak // nil for who may neither ask nor be asked
}

// letGo finds what a second person said about a copy that names somebody: the id of their word, if they let it go. Else the error says how it stands.
func (s *Service) letGo(tx *sqldb.Tx, actor identity.Actor, p Permit, c leak.Content, found []leak.Leak) (string, error) {
	now, key := s.o.Clock.Now(), p.copyOf(c, found)
	stop := &Leaking{ID: id.NewAt(now), State: StopFound, Places: found}
	var seconded int64
	err := tx.QueryRow(`SELECT id, state, seconded_at FROM release_leak WHERE copy = $1`, key).Scan(&stop.ID, &stop.State, &seconded)
	if err != nil && !sqldb.NoRows(err) {
		return "", err
	}
	if stop.State == StopApproved && now.Before(sqldb.Time(seconded).Add(stopKept)) {
		return stop.ID, nil
	}
	tx.OnRollback(func(ctx context.Context) error {
		return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.keepStop(tx, actor, p, key, stop, now) })
	})
	return "", problem.New(problem.Conflict, "%w", stop)
}

// copyOf stands for a copy as a person wrote it, for the recipient, and for where it names whom: without the number that a new dialogue gets, and the ids of
// the messages that it stands behind, for those are others at each attempt.
func (p Permit) copyOf(c leak.Content, found []leak.Leak) string {
	ticket := "\x00"
	for _, h := range c.Headers {
		if h.Name == "Ticket" && h.Value != "" {
			ticket = h.Value
		}
	}
	own := strings.NewReplacer(ticket, "")
	d := newDigest("stopped copy")
	d.text(p.to, p.owner, p.profile)
	for _, a := range p.about {
		d.text(a.kind, a.id, a.organisation, string(a.relation))
	}
	plain := leak.Content{Subject: own.Replace(c.Subject), Text: own.Replace(c.Text), Files: c.Files}
	for _, h := range c.Headers {
		if !strings.HasPrefix(h.Name, "Reference ") {
			plain.Headers = append(plain.Headers, leak.Header{Name: h.Name, Value: own.Replace(h.Value)})
		}
	}
	d.text(plain.Digest())
	for _, l := range found {
		d.text(own.Replace(l.String()))
	}
	sum := d.sum()
	return hex.EncodeToString(sum[:])
}

func (s *Service) keepStop(tx *sqldb.Tx, actor identity.Actor, p Permit, key string, stop *Leaking, now time.Time) error {
	k, err := s.stopKey(stop.ID)
	if err != nil {
		return err
	}
	places := stop.Places
	if s.o.Secret == nil {
		places = nameless(places)
	}
	text, err := json.Marshal(places)
	if err != nil {
		return problem.Wrap(problem.Internal, err, "the places of a stopped copy")
	}
	a := p.about[0]
	n, err := tx.Exec(`INSERT INTO release_leak (id, copy, item_kind, item_id, organisation, relation, places, state, found_by, found_at, asked_for, asked_by, asked_at,
		seconder, seconded_at, seconded_for) VALUES ($1, $2, $3, $4, $5, $6, $7, 'stopped', $8, $9, '', '', 0, '', 0, '') ON CONFLICT (copy) DO NOTHING`,
		stop.ID, key, a.kind, a.id, a.organisation, string(a.relation), k.Seal("places", text), actor.ID, now)
	if err != nil || n == 0 {
		return err
	}
	return actor.Audit(tx, now, OpLeak, stop.ID, nil, map[string]any{"state": StopFound, "item": a.id, "kind": a.kind, "places": len(stop.Places)})
}

// nameless are places without what stands there.
func nameless(list []leak.Leak) []leak.Leak {
	out := make([]leak.Leak, len(list))
	for i, l := range list {
		if out[i] = (leak.Leak{Kind: l.Kind, Role: l.Role}); l.Kind == leak.Unreadable {
			out[i].Name = l.Name
		}
		for _, step := range l.Place {
			out[i].Place = append(out[i].Place, leak.Step{Code: step.Code, Number: step.Number})
		}
	}
	return out
}

// stopKey seals the places of one stopped copy.
func (s *Service) stopKey(id string) (seal.Key, error) {
	var secret [32]byte
	if s.o.Secret != nil {
		var err error
		if secret, err = s.o.Secret(); err != nil {
			return seal.Key{}, err
		}
	}
	sealer, err := seal.New(secret)
	if err != nil {
		return seal.Key{}, err
	}
	return sealer.KeyFor("stopped/" + id)
}
