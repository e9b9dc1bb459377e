package countermeasure

import (
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// turnTo asks a party: the one that is named, or the next of the ladder.
func (s *Service) turnTo(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, m Moving) error {
	p, err := r.party(m)
	if err != nil {
		return err
	}
	if err := s.mayAsk(tx, in, r, p, m, time.Time{}); err != nil {
		return err
	}
	since := r.Asked
	t := Turn{ID: id.NewAt(in.Now), Party: p, Asked: in.Now}
	r.Party, r.turn = &p, t.ID
	if r.Asked.IsZero() {
		r.Asked, since = in.Now, in.Now
	}
	lang, err := language(tx, &p)
	if err != nil {
		return err
	}
	text := m.Text
	if s.untouched(r, m.Move, since, text) {
		text = s.letter(r, m.Move, since, lang)
	}
	if err := s.send(tx, actor, in, r, &t, m.Move, text); err != nil {
		return err
	}
	if err := insertTurn(tx, in, r, &t); err != nil {
		return err
	}
	r.Due, r.Stuck = in.Now.Add(s.o.Policy.ChaseAfter), false
	if s.automatic(r) && r.CheckDue.IsZero() {
		r.CheckDue = in.Now.Add(s.o.Policy.CheckEvery)
	}
	return nil
}

// mayAsk refuses to write to a party while the checklist does not allow it: it is looked at each time, for the police may object later. Whoever made a
// thing for its purpose is not warned: its owner is asked only if a person says why, with this move, or with that of asked. Errors: Conflict.
func (s *Service) mayAsk(tx *sqldb.Tx, in *incident.Inside, r *record, p Party, m Moving, asked time.Time) error {
	if err := r.Checklist.ready(); err != nil || r.Checklist.Origin != Malicious || p.Role != Owner || m.Reason != "" {
		return err
	}
	list, err := movesOf(tx, in, r)
	if err != nil {
		return err
	}
	reasoned := func(made Made) bool {
		return made.Reason != "" && made.At.Equal(asked) && (made.Move == MoveAsk || made.Move == MoveEscalate)
	}
	if slices.ContainsFunc(list, reasoned) {
		return nil
	}
	return problem.New(problem.Conflict, "%s was made for its purpose, so its owner is likely who did it: ask who hosts or registered it, or say as the reason why the owner is asked all the same", r.Ref)
}

// party is who is asked by a move. Taken from the ladder, it leaves that.
func (r *record) party(m Moving) (Party, error) {
	if m.Party == nil && m.Move == MoveEscalate && len(r.Ladder) > 0 {
		p := r.Ladder[0]
		r.Ladder = slices.Clone(r.Ladder[1:])
		return p, nil
	}
	if m.Party == nil {
		return Party{}, problem.New(problem.Invalid, "say who is to be asked: its name, role and mail address, or a provider with an abuse API")
	}
	p := *m.Party
	return p, p.check()
}

// chase writes to the party again.
func (s *Service) chase(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, m Moving) error {
	t, err := current(tx, in, r)
	if err != nil {
		return err
	}
	move := MoveChase
	switch r.State {
	case Relapsed:
		move = MoveRelapse
	case Lifting:
		move = MoveLift
	default:
	}
	if move != MoveLift { // what is to be lifted is asked of nobody
		if err := s.mayAsk(tx, in, r, t.Party, m, t.Asked); err != nil {
			return err
		}
	}
	if err := s.send(tx, actor, in, r, &t, move, m.Text); err != nil {
		return err
	}
	r.Due, r.Stuck = in.Now.Add(s.o.Policy.ChaseAfter), false
	_, err = tx.Exec(`UPDATE countermeasure_turn SET chases = chases + 1 WHERE id = $1`, t.ID)
	return err
}

// send writes to the party of a turn, by mail or to its abuse API. An empty text is replaced by ours.
func (s *Service) send(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, t *Turn, move MoveName, text string) error {
	lang, err := language(tx, &t.Party)
	if err != nil {
		return err
	}
	if s.untouched(r, move, t.Asked, text) {
		text = s.letter(r, move, t.Asked, lang)
	}
	m := Message{ID: id.NewAt(in.Now), Turn: t.ID, Move: move, At: in.Now, By: actor.ID, Subject: subjectOf(r, lang), Text: text, Provider: t.Party.Provider}
	if !slices.Contains(endings, move) {
		how, err := s.under(tx, in)
		if err != nil {
			return err
		}
		m.XARF = s.xarf(r, m.ID, in.Now, how)
	}
	if t.Party.Provider != "" {
		if err := s.queue(tx, actor, in, r, &m); err != nil {
			return err
		}
	} else if err := s.mail(tx, actor, in, r, t, &m); err != nil {
		return err
	}
	return insertMessage(tx, in, r, &m)
}

// under is how what goes about an incident now is to be handled, as its permit will say.
func (s *Service) under(tx *sqldb.Tx, in *incident.Inside) (how under, err error) {
	item, err := s.o.Incidents.Item(tx, in)
	if err != nil {
		return how, err
	}
	how.label, how.handling, err = s.o.Release.HandlingNow(tx, item)
	return how, err
}

// endings are the moves that ask for nothing more of what was asked for; afresh, those after which a dialogue that rests is taken up again.
var (
	endings = []MoveName{MoveWithdraw, MoveLift, MoveKeep}
	afresh  = []MoveName{MoveRelapse, MoveLift, MoveKeep}
)

// mail sends a message in the dialogue of a turn, which it opens. What was gone may be long ago: then its dialogue rests, perhaps because its incident was
// closed, and is opened again.
func (s *Service) mail(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, t *Turn, m *Message) error {
	if t.Dialogue != "" {
		if err := s.revive(tx, actor, in, t, m.Move); err != nil {
			return err
		}
		sent, err := s.o.Incidents.WriteIn(tx, actor, in, t.Dialogue, m.Text, m.files(), r.about()...)
		if m.Delivery = sent.Delivery; !problem.Is(err, problem.NotFound) {
			return err
		}
	}
	v, err := s.o.Incidents.SendIn(tx, actor, in, t.Party.Party, m.Subject, m.Text, m.files(), r.about()...)
	if err != nil {
		return err
	}
	t.Dialogue, m.Delivery = v.ID, v.Messages[0].Delivery
	_, err = tx.Exec(`UPDATE countermeasure_turn SET dialogue = $2 WHERE id = $1`, t.ID, t.Dialogue) // of one that is there already
	return err
}

// revive opens the dialogue of a turn, if it rests and the move takes it up again. One that went to another incident is left there.
func (s *Service) revive(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, t *Turn, move MoveName) error {
	if !slices.Contains(afresh, move) {
		return nil
	}
	if err := s.o.Incidents.ReopenIn(tx, actor, in, t.Dialogue); !problem.Is(err, problem.NotFound) {
		return err
	}
	return nil
}

// files are what goes with a message.
func (m *Message) files() []incident.File {
	if m.XARF == "" {
		return nil
	}
	return []incident.File{{Name: "xarf.json", MediaType: "application/json", Body: strings.NewReader(m.XARF)}}
}

// about is what a party has to know of to act, whosever it is.
func (r *record) about() []string {
	return []string{r.Asset.Value, r.Asset.Seen}
}

// queue lets a message wait for its abuse API. It is looked through as a mail is.
func (s *Service) queue(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, m *Message) error {
	if _, ok := s.provider(m.Provider); !ok {
		return problem.New(problem.Invalid, "the configuration names no provider %q: write to its mail address instead", m.Provider)
	}
	item, err := s.o.Incidents.Item(tx, in)
	if err != nil {
		return err
	}
	if _, err := s.o.Release.ForProvider(tx, actor, item, m.Provider); err != nil {
		return err
	}
	c := leak.Content{Subject: m.Subject, Text: m.Text, Files: []leak.File{{Name: "xarf.json", MediaType: "application/json", Data: []byte(m.XARF)}}}
	if err := s.o.Incidents.Sanitised(tx, in, incident.Party{Name: m.Provider}, c, r.about()...); err != nil {
		return err
	}
	m.Post = PostWaits
	return nil
}

func (s *Service) provider(name string) (Provider, bool) {
	i := slices.IndexFunc(s.o.Providers, func(p Provider) bool { return p.Name == name })
	if i < 0 {
		return Provider{}, false
	}
	return s.o.Providers[i], true
}
