package notification

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
)

// OpCorrect is telling exactly those whom a wrong batch reached that it was wrong.
const OpCorrect identity.Operation = "notification.correct"

// MaxCorrection is how long the words of a correction may be, in characters.
const MaxCorrection = 8000

// Correction is what a correction of a batch would do, or did.
type Correction struct {
	ID     string // the batch of its own messages; "" of a preview
	Batch  string
	Recall int // messages of the batch that had not been sent and are taken back
	To     []Corrected
}

// Sent counts those who are written to; the others are held, and a person has to reach them.
func (c Correction) Sent() (n int) {
	for _, to := range c.To {
		if to.Held == "" {
			n++
		}
	}
	return n
}

// Corrected is one recipient whom wrong messages reached, or may have.
type Corrected struct {
	Ticket       string
	Organisation string // id of whose networks the messages were about
	Name         string // its name
	Contact      string // id
	Address      string
	Label        tlp.Label
	Messages     []delivery.Delivery // those that reached them, or may have, the oldest first
	Subject      string              // of the correction
	Text         string              // as they read it
	Under        []string            // lines that stand below it: what may be done with it
	Message      string              // the delivery of the correction; "" of a preview, and where it is held
	Held         string              // why no correction can be sent to them

	contact constituency.Contact
	of      constituency.Organisation
	permit  release.Permit
}

// PreviewCorrection says what Correct would do, and changes nothing. Errors: Conflict for words that Correct would refuse.
func (s *Service) PreviewCorrection(ctx context.Context, actor identity.Actor, batch, text string) (Correction, error) {
	if err := actor.Authorise(OpPlan, batch); err != nil {
		return Correction{}, err
	}
	return s.correction(ctx, actor, batch, strings.TrimSpace(text), s.preview)
}

// Correct tells those whom the messages of a batch reached, or may have reached, that they were wrong, in a person's words: each of them once,
// behind the message that they got, about their own networks, under its label, and nobody else. What of the batch is not sent yet is taken back
// first. Whom no message may reach any more is held, with a task for the team. The same words again go on where an earlier call ended.
//
// Errors: Invalid without words; NotFound; Conflict while a message of the batch is being sent, and for words that name to one of them who another is.
func (s *Service) Correct(ctx context.Context, actor identity.Actor, batch, text string) (Correction, error) {
	if err := actor.Authorise(OpCorrect, batch); err != nil {
		return Correction{}, err
	}
	text, err := correctionWords(text)
	if err != nil {
		return Correction{}, err
	}
	if _, err := s.Batch(ctx, actor, batch); err != nil {
		return Correction{}, err
	}
	if _, err := s.correction(ctx, actor, batch, text, s.preview); err != nil { // words that name somebody take nothing back
		return Correction{}, err
	}
	recalled, err := s.takeBack(ctx, actor, batch)
	if err != nil {
		return Correction{}, err
	}
	c, err := s.correction(ctx, actor, batch, text, s.Release.Decide)
	if err != nil {
		return c, err
	}
	c.Recall = recalled
	if c.ID, err = s.beginCorrection(ctx, actor, c, text); err != nil {
		return c, err
	}
	for i := range c.To {
		if err := s.correctOne(ctx, actor, c.ID, batch, &c.To[i]); err != nil {
			return c, err
		}
	}
	return c, nil
}

// correctionWords takes the words of a person.
func correctionWords(text string) (string, error) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\r\n", "\n")))
	switch {
	case text == "":
		return "", problem.New(problem.Invalid, "say what was wrong, and what is right: those who got the message read it")
	case utf8.RuneCountInString(text) > MaxCorrection:
		return "", problem.New(problem.Invalid, "the words of a correction are longer than %d characters: say it shorter", MaxCorrection)
	}
	return text, nil
}

// digestOf names the words of a correction.
func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// quietTime is how long a correction waits for what is being sent at this moment.
const quietTime = 5 * time.Second

// takeBack stops a batch and cancels what of it has not ended. A stop order that stood before stays.
func (s *Service) takeBack(ctx context.Context, actor identity.Actor, batch string) (n int, err error) {
	scope, err := delivery.ScopeOf("batch", batch)
	if err != nil {
		return 0, err
	}
	orders, err := s.Delivery.Stops(ctx, actor)
	if err != nil {
		return 0, err
	}
	if !slices.ContainsFunc(orders, func(o delivery.StopOrder) bool { return o.Scope == scope }) {
		if err := s.Delivery.Stop(ctx, actor, scope, "it is wrong, and is being corrected"); err != nil {
			return 0, err
		}
		defer func() {
			if err == nil {
				err = s.Delivery.Resume(ctx, actor, scope)
			}
		}()
	}
	if quiet, err := s.Delivery.Quiet(ctx, quietTime); err != nil || !quiet {
		return 0, orBusy(err, batch)
	}
	err = s.eachOf(ctx, actor, delivery.Query{Batch: batch, States: []delivery.State{delivery.Queued, delivery.InDoubt, delivery.Held}}, func(d delivery.Delivery) error {
		n++
		return s.Delivery.Cancel(ctx, actor, d.ID, "its batch was wrong, and is corrected")
	})
	return n, err
}

func orBusy(err error, batch string) error {
	if err != nil {
		return err
	}
	return problem.New(problem.Conflict, "a message of batch %s is being sent at this moment: correct it again in a minute", batch)
}

// eachOf calls do for each message that a query means, the newest first.
func (s *Service) eachOf(ctx context.Context, actor identity.Actor, q delivery.Query, do func(delivery.Delivery) error) error {
	q.Request = page.Request{Limit: page.MaxLimit}
	for {
		p, err := s.Delivery.List(ctx, actor, q)
		if err != nil {
			return err
		}
		for _, d := range p.Items {
			if err := do(d); err != nil {
				return err
			}
		}
		if q.After = p.Next; p.Next == "" {
			return nil
		}
	}
}

// reached tells that a message reached its recipient, or may have.
func reached(d delivery.Delivery) bool { return d.Reached() }

// unsent tells that a correction would take a message back.
func unsent(d delivery.Delivery) bool {
	return slices.Contains([]delivery.State{delivery.Queued, delivery.InDoubt, delivery.Held}, d.State)
}

// correction finds those whom a batch reached, and what may be said to each.
func (s *Service) correction(ctx context.Context, actor identity.Actor, batch, text string, decide answer) (Correction, error) {
	c := Correction{Batch: batch}
	byKey := map[[2]string]*Corrected{}
	err := s.eachOf(ctx, actor, delivery.Query{Batch: batch}, func(d delivery.Delivery) error {
		if unsent(d) {
			c.Recall++
		}
		key := [2]string{d.Ticket, d.Address}
		if !reached(d) {
			return nil
		}
		if byKey[key] == nil {
			byKey[key] = &Corrected{Ticket: d.Ticket, Contact: d.Contact, Address: d.Address}
		}
		byKey[key].Messages = slices.Insert(byKey[key].Messages, 0, d)
		return nil
	})
	if err != nil {
		return c, err
	}
	for _, to := range byKey {
		c.To = append(c.To, *to)
	}
	slices.SortFunc(c.To, func(a, b Corrected) int { return strings.Compare(a.Messages[0].ID, b.Messages[0].ID) })
	return c, s.addressees(ctx, actor, c, text, decide)
}

// addressees finds for each whether, and under which label, they may be written to, and writes their text. Errors: Conflict for words that name somebody.
func (s *Service) addressees(ctx context.Context, actor identity.Actor, c Correction, text string, decide answer) error {
	about, err := s.aboutAll(ctx, c.Batch)
	if err != nil {
		return err
	}
	names, err := s.Register.Names(ctx, actor)
	if err != nil {
		return err
	}
	for i := range c.To {
		to := &c.To[i]
		to.Organisation = about[to.Ticket].Organisation
		to.Name = names[to.Organisation]
		if to.Held, err = s.mayHear(ctx, actor, c.Batch, to, decide); err != nil {
			return err
		}
		to.Subject, to.Text = s.correctionText(*to, text)
	}
	return s.namesNobody(ctx, c, about, text)
}

// mayHear says why somebody cannot be written to, "" if they can.
func (s *Service) mayHear(ctx context.Context, actor identity.Actor, batch string, to *Corrected, decide answer) (string, error) {
	why, err := s.stillThere(ctx, actor, to)
	if err != nil || why != "" {
		return why, err
	}
	told, err := s.toldOf(ctx, actor, to.Messages)
	if err != nil {
		return "", err
	}
	if len(told) == 0 || to.Organisation == "" {
		return "what was decided about the message is not kept any more: write to them by hand", nil
	}
	chain := release.ChainOwn
	if to.contact.Organisation != to.Organisation {
		chain = release.ChainGrant
	}
	var asks []release.Ask
	for _, t := range told {
		item := release.Item{Kind: "correction", ID: to.Organisation + "/" + batch, Version: "1", Owner: to.Organisation, Terms: t.Terms, PAP: t.PAP}
		if to.Contact == release.Correspondent {
			item.Concerns = []string{release.Correspondent}
		}
		asks = append(asks, release.Ask{Item: item, To: release.Recipient{Contact: to.contact, Organisation: to.of, Chain: chain}})
	}
	permits, decisions, err := decide(ctx, actor, asks)
	if err != nil {
		return "", err
	}
	var under release.Handling
	for _, d := range decisions {
		under = under.With(d.Handling())
		to.Label = tlp.Strictest(to.Label, d.Label)
		if !d.Allowed {
			return d.Reason, nil
		}
	}
	for _, d := range to.Messages {
		to.Label = tlp.Strictest(to.Label, d.Label)
	}
	to.Under = under.Lines(to.Label)
	if permits[0].Valid() { // none in a preview
		to.permit, err = release.Merge(permits...)
	}
	return "", err
}
