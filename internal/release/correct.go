package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// MaxWords is how long a person's words in a letter of this room may be, in characters.
const MaxWords = 8000

// Correction tells those who hold something that it was wrong, or that it must not be used any more.
type Correction struct {
	Item   Item // as ItemOf gives it
	Words  string
	Recall bool // it must not be used any more, and is to be deleted
}

// Reached is what became of one who holds a copy.
type Reached struct {
	Copy
	Letter string // the delivery that tells them; "" if they have to be told another way
	Why    string // then: why
}

// Correct writes to exactly those who got an item, each once behind the message that they got, in a person's words, under the label of their copy; what is
// not sent yet is taken back first, and of what is recalled, what others could still fetch. The same words again go on where an earlier call ended. Whom no letter reaches any more comes back with the reason, for
// a person to reach. Errors: Forbidden; Invalid without words; Conflict for words that name whom one of them may not know of; Unavailable if nothing can be sent
// from here.
func (s *Service) Correct(ctx context.Context, actor identity.Actor, c Correction) (list []Reached, err error) {
	if err := actor.Authorise(OpCorrect, c.Item.ID); err != nil {
		return nil, err
	}
	if c.Words, err = letterWords(c.Words); err != nil {
		return nil, err
	}
	if s.o.Post == nil {
		return nil, problem.New(problem.Unavailable, "nothing can be sent from here: name a mail.relay, or a mail.maildir, in the configuration")
	}
	copies, err := s.Holders(ctx, actor, c.Item.Kind, c.Item.ID)
	if err != nil {
		return nil, err
	}
	if err := s.namesNobody(ctx, actor, c, copies); err != nil {
		return nil, err
	}
	if c.Recall && s.o.Withdraw != nil {
		if err := s.o.Withdraw(ctx, actor, c.Item, "it is recalled"); err != nil {
			return nil, err
		}
	}
	if copies, err = s.takeBack(ctx, actor, copies); err != nil {
		return nil, err
	}
	for _, one := range copies {
		r, err := s.correctOne(ctx, actor, c, one)
		if err != nil {
			return list, err
		}
		list = append(list, r)
	}
	return list, nil
}

// namesNobody looks through the words for whoever got a copy without names: what was taken out of it does not come after it. Errors: Conflict that says where
// a name stands; then nobody is written to.
func (s *Service) namesNobody(ctx context.Context, actor identity.Actor, c Correction, copies []Copy) error {
	if s.o.Unnamed == nil {
		return nil
	}
	looked := map[[2]string]bool{}
	for _, to := range copies {
		key := [2]string{to.Organisation, to.Address}
		if to.Profile == "" || to.To == Reporter || !to.Reached || looked[key] {
			continue
		}
		looked[key] = true
		names, err := s.o.Unnamed(ctx, actor, c.Item, to)
		if err != nil {
			return err
		}
		if found := leak.Check(leak.Content{Text: c.Words}, names); len(found) > 0 {
			return problem.New(problem.Conflict, "%w", &Leaking{Places: found})
		}
	}
	return nil
}

// letterWords takes the words of a person.
func letterWords(text string) (string, error) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\r\n", "\n")))
	switch {
	case text == "":
		return "", problem.New(problem.Invalid, "write what they have to know: those who got it read it")
	case utf8.RuneCountInString(text) > MaxWords:
		return "", problem.New(problem.Invalid, "the words are longer than %d characters: say it shorter", MaxWords)
	}
	return text, nil
}

// takeBack cancels what is not sent yet, and gives those whom something reached: each once, with the latest message.
func (s *Service) takeBack(ctx context.Context, actor identity.Actor, copies []Copy) (reached []Copy, err error) {
	var unsent []string
	place := map[[3]string]int{}
	for _, c := range copies {
		if c.Unsent && c.Delivery != "" {
			unsent = append(unsent, c.Delivery)
		}
		if !c.Reached {
			continue
		}
		key := [3]string{c.Organisation, c.Address, ""}
		if c.Address == "" { // whom no letter reaches is told one by one
			key[2] = c.Name
		}
		if i, ok := place[key]; ok {
			reached[i] = c
			continue
		}
		place[key] = len(reached)
		reached = append(reached, c)
	}
	if len(unsent) > 0 && s.o.Cancel != nil {
		_, err = s.o.Cancel(ctx, actor, unsent, "what it tells is recalled or corrected")
	}
	return reached, err
}

// correctOne writes to one who holds a copy.
func (s *Service) correctOne(ctx context.Context, actor identity.Actor, c Correction, to Copy) (r Reached, err error) {
	kind, phrases := receiptCorrected, letterPhrases["correction"]
	if c.Recall {
		kind, phrases = receiptRecalled, letterPhrases["recall"]
	}
	if r, err = s.tell(ctx, actor, c.Item, to, news{kind: kind, version: digestOfWords(c.Words), words: c.Words}, phrases); err != nil {
		return r, err
	}
	return r, nil
}

func digestOfWords(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// phrases are the words around a person's, by language; %s of the subject is the day of what they got.
type phrases map[string]struct{ subject, sent, body, end string }

// letterPhrases are the letters of this room.
var letterPhrases = map[string]phrases{
	"correction": {
		"en": {"Correction: our message of %s", "We sent you:", "It was wrong. What is right:", "Everybody who got it gets this, and nobody else."},
		"fr": {"Rectificatif : notre message du %s", "Nous vous avons envoyé :", "C’était une erreur. Voici ce qui est exact :", "Tous ceux qui l’ont reçu reçoivent ceci, et personne d’autre."},
	},
	"recall": {
		"en": {"Recalled: our message of %s", "We sent you:", "Please do not use it any more, do not pass it on, and delete it:", "Everybody who got it gets this, and nobody else."},
		"fr": {"Rappel : notre message du %s", "Nous vous avons envoyé :", "Merci de ne plus l’utiliser, de ne pas le transmettre et de le supprimer :", "Tous ceux qui l’ont reçu reçoivent ceci, et personne d’autre."},
	},
	"label": {
		"en": {"New label of what you have from us (%s)", "You have from us:", "Its source agreed to another label. From now on it is", "You may treat what you have accordingly."},
		"fr": {"Nouvelle mention de ce que vous tenez de nous (%s)", "Vous tenez de nous :", "Sa source a consenti à une autre mention. C’est désormais", "Vous pouvez traiter ce que vous avez en conséquence."},
	},
	"raised": {
		"en": {
			"Stricter label of what you have from us (%s)", "You have from us:", "Its label was raised. From now on it is",
			"Treat what you have accordingly, and do not pass it on any further. What may not be held under this label, please delete.",
		},
		"fr": {
			"Mention plus stricte de ce que vous tenez de nous (%s)", "Vous tenez de nous :", "Sa mention a été renforcée. C’est désormais",
			"Merci de traiter ce que vous avez en conséquence et de ne plus le transmettre. Ce qui ne peut être détenu sous cette mention, merci de le supprimer.",
		},
	},
	"restricted": {
		"en": {
			"Less may be done with what you have from us (%s)", "You have from us:", "Its source lets less be done with it than before. From now on it is under",
			"Treat what you have accordingly. What may not be held under this any more, please delete.",
		},
		"fr": {
			"Usage restreint de ce que vous tenez de nous (%s)", "Vous tenez de nous :", "Sa source en restreint l’usage. Désormais s’applique",
			"Merci de traiter ce que vous avez en conséquence. Ce qui ne peut plus être détenu à ces conditions, merci de le supprimer.",
		},
	},
	"ask": {
		"en": {"May we share it more widely? (%s)", "It is about what you told us.", "We ask you for the label", "Answer this message: without your word it stays as it is."},
		"fr": {"Pouvons-nous le partager plus largement ? (%s)", "Il s’agit de ce que vous nous avez communiqué.", "Nous vous demandons la mention", "Répondez à ce message : sans votre accord, rien ne change."},
	},
}

// write makes a letter to who holds a copy.
func (p phrases) write(to Copy, words string, zone *time.Location) Letter {
	language, _, _ := strings.Cut(strings.ToLower(to.sent.Contact.Language), "-")
	w, ok := p[language]
	if !ok {
		language, w = "en", p["en"]
	}
	day := to.Sent.In(zone).Format(time.DateOnly)
	subject := fmt.Sprintf(w.subject, day)
	if to.sent.Ticket != "" {
		subject = "[" + to.sent.Ticket + "] " + subject
	}
	text := subject + "\n\n" + w.sent + "\n\n"
	if lines := to.lines(zone); lines != "" {
		text += lines + "\n"
	}
	text += w.body + "\n\n" + words + "\n\n" + w.end + "\n"
	return Letter{To: to.sent.Contact, Name: to.Name, Language: language, Subject: subject, Text: text, Ticket: to.sent.Ticket, Replies: to.sent.MessageID}
}

// lines say what they have: a line a message, and one for what they fetched.
func (c *Copy) lines(zone *time.Location) (text string) {
	for _, m := range append([]Sent{c.sent}, c.more...) {
		what := m.Subject
		if what == "" && m.Decision != "" && m.Delivery == "" {
			what = strings.ToUpper(m.Channel)
		}
		if what != "" {
			text += "- " + m.Created.In(zone).Format("2006-01-02 15:04 -07:00") + "  " + what + "\n"
		}
	}
	return text
}

// news is what a letter to who holds a copy says.
type news struct {
	kind, version, words string    // the kind is a receipt's; the same version of a kind is told once
	label                string    // of receiptTold: that is in force from then on
	under                *Handling // likewise, what may be done with the copy; nil: it says nothing of that
}

// tell writes to one who holds a copy, and notes it; once for the same version. The decision is about the letter alone: it goes to whoever has the copy,
// under the label of that.
func (s *Service) tell(ctx context.Context, actor identity.Actor, item Item, to Copy, what news, p phrases) (r Reached, err error) {
	r.Copy = to
	if to.Address == "" {
		r.Why = "it was fetched, and nothing can be sent back: tell them another way"
		return r, nil
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		r.Letter, r.Why = "", ""
		contact, why, err := stillThere(tx, to)
		if err != nil || why != "" {
			r.Why = why
			return err
		}
		about := Item{Kind: "correction", ID: item.Kind + "/" + item.ID, Version: what.kind + "/" + what.version, Owner: to.Organisation, Terms: Terms{Label: to.Label}, Count: 1}
		whom := Recipient{Contact: contact, Organisation: constituency.Organisation{ID: to.Organisation, Name: to.Name}, Chosen: actor.ID}
		if to.To == Reporter {
			about.Source, whom.As = ByReporter, Reporter
		}
		permit, d, err := s.forIn(tx, actor, OpRead, about, whom)
		if err != nil || !d.Allowed {
			r.Why = d.Reason
			return err
		}
		if done, err := noted(tx, to.Decision, what.kind, to.Address, d.ID); err != nil || done {
			r.Why = "they were told before"
			return err
		}
		letter := p.write(to, what.words, s.o.Zone)
		letter.To = contact
		if r.Letter, err = s.o.Post(tx, permit, letter); err != nil {
			return err
		}
		now := s.o.Clock.Now()
		note := receipt{
			Decision: to.Decision, Kind: what.kind, Address: to.Address, Via: d.ID, Delivery: r.Letter, Actor: actor.ID, At: now, Label: what.label, Under: what.under,
		}
		if err := note.keep(tx); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpCorrect, to.Decision, nil, map[string]any{what.kind: r.Letter, "item": item.ID, "kind": item.Kind, "label": to.Label})
	})
	return r, err
}

// noted reports whether a copy had that very letter before.
func noted(tx *sqldb.Tx, decision, kind, address, letter string) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM release_receipt WHERE decision = $1 AND kind = $2 AND address = $3 AND via = $4`, decision, kind, address, letter).Scan(&n)
	return n > 0, err
}

// stillThere finds the contact as it is now; why is the reason for which nothing can be sent where the copy went.
func stillThere(tx *sqldb.Tx, to Copy) (c constituency.Contact, why string, err error) {
	if !registered(to.sent.Contact) {
		c = Correspondence(to.Address)
		if to.Contact == Team {
			c = TeamContact(to.Address)
		}
		return c, "", nil
	}
	c, err = constituency.ContactIn(tx, to.Contact)
	switch {
	case problem.Is(err, problem.NotFound):
		return c, "its contact is not in the register any more: write to " + to.Address + " by hand", nil
	case err != nil:
		return c, "", err
	case c.Address != to.Address:
		return c, "its contact has another address now: write to " + to.Address + " by hand", nil
	case !c.Usable():
		return c, "messages to its contact come back: reach them another way", nil
	}
	return c, "", nil
}

// AskSource writes to the source of an item, in a person's words, for another label: the one move before Relax. It returns the delivery. Errors: Forbidden;
// Invalid without words; Conflict if we ourselves set the label, or the letter may not go; Unavailable if nothing can be sent from here.
func (s *Service) AskSource(ctx context.Context, actor identity.Actor, item Item, label tlp.Label, words string) (delivery string, err error) {
	if err := actor.Authorise(OpAsk, item.ID); err != nil {
		return "", err
	}
	if words, err = letterWords(words); err != nil {
		return "", err
	}
	switch {
	case item.Source == "" && item.Terms.Feed == "":
		return "", problem.New(problem.Conflict, "we ourselves set its label: record the new one")
	case label >= item.Terms.Label:
		return "", problem.New(problem.Invalid, "it is %s already: ask for a wider label", item.Terms.Label)
	case s.o.Post == nil || s.o.SourceOf == nil:
		return "", problem.New(problem.Unavailable, "nothing can be sent from here: ask the source another way")
	}
	to, err := s.o.SourceOf(ctx, actor, item)
	if err != nil {
		return "", err
	}
	to.Chosen = actor.ID
	if item.Source == "" { // a feed's: what it brought is nothing new to who gives it
		item.Source = to.Organisation.ID
		if to.As == Reporter {
			item.Source = ByReporter
		}
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		permit, d, err := s.Must(tx, actor, asked(item), to)
		if err != nil {
			return err
		}
		now := s.o.Clock.Now()
		c := Copy{Name: to.Organisation.Name, Sent: now, sent: Sent{Contact: to.Contact}}
		if delivery, err = s.o.Post(tx, permit, letterPhrases["ask"].write(c, label.String()+"\n\n"+words, s.o.Zone)); err != nil {
			return err
		}
		note := receipt{Decision: d.ID, Kind: receiptAsked, Address: to.Contact.Address, Via: "mail", Delivery: delivery, Actor: actor.ID, At: now}
		if err := note.keep(tx); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpAsk, item.ID, nil, map[string]any{"kind": item.Kind, "label": label, "delivery": delivery})
	})
	return delivery, err
}

// asked is a question about an item: what its source is asked holds nothing that they did not tell.
func asked(item Item) Item {
	if item.Terms.Feed != "" { // of all that the feed brings, not of whom one of its findings is about
		item = Item{Kind: FeedItem, ID: item.Terms.Feed, Terms: Terms{Label: item.Terms.Label}, PAP: item.PAP, Source: item.Source, Count: 1}
	}
	item.Holds, item.Version = 0, "asked"
	return item
}
