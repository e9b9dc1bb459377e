package incident

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// holder is who comes with a reply code: the record names nobody.
var holder = identity.System("mailbox")

// Mailbox gives what the holder of a reply code may see: what was reported, our answers and what was written since. Errors: NotFound for whatever is no code;
// Unavailable when one mailbox is tried too often.
func (s *Service) Mailbox(ctx context.Context, code string) (box Mailbox, err error) {
	if err := holder.Authorise(OpMailbox, ""); err != nil {
		return box, err
	}
	unread := ""
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		f, err := s.boxOf(tx, code)
		if err != nil {
			return err
		}
		box = Mailbox{Ref: f.Ref, State: f.State, Received: f.Received.Truncate(time.Hour)}
		messages, err := messagesOf(tx, f.key, f.ID)
		if err != nil {
			return err
		}
		items, err := s.vault.Of(tx, f.ID)
		if err != nil {
			return err
		}
		first := Message{ID: f.ID, Direction: In, Subject: f.head.Subject, Text: f.body.Text, At: f.Received}
		box.Messages = inBox(append([]Message{first}, messages...), items)
		unread, err = unreadIn(tx, f.ID, messages)
		return err
	})
	if err == nil && unread != "" {
		err = s.opened(ctx, unread)
	}
	return box, err
}

// boxOf finds the report of a code; it is a step of what its holder does.
func (s *Service) boxOf(tx *sqldb.Tx, code string) (full, error) {
	name, err := s.unlock(tx, code)
	if err != nil {
		return full{}, err
	}
	r, err := s.report(tx, Sight{all: true}, name)
	if err != nil {
		return full{}, err
	}
	f, err := s.full(&r)
	if problem.Is(err, problem.NotFound) {
		return f, problem.New(problem.NotFound, "what was in this mailbox was erased, as its time was over")
	}
	return f, err
}

// inBox is how the holder sees the messages: without who of us wrote, and with the names of the files that they sent.
func inBox(list []Message, items []evidence.Item) []Message {
	for i := range list {
		m := &list[i]
		m.By, m.Delivery, m.Trust, m.At = "", "", Trust{}, m.At.Truncate(time.Hour)
		for _, item := range items {
			if item.About == m.ID && m.Direction == In {
				m.Files = append(m.Files, evidence.Item{ID: item.ID, Name: item.Name, Size: item.Size, Added: m.At})
			}
		}
	}
	return list
}

// SayIn writes into a mailbox, as its holder. Errors: as Mailbox; Invalid.
func (s *Service) SayIn(ctx context.Context, code, words string, files []File) error {
	if err := holder.Authorise(OpMailbox, ""); err != nil {
		return err
	}
	words = strings.TrimSpace(text(words))
	switch {
	case words == "" && len(files) == 0:
		return problem.New(problem.Invalid, "the message is empty: write something, or add a file")
	case len(words) > MaxMessage || len(files) > MaxFiles:
		return problem.New(problem.Invalid, "the message may have %d KiB of text and %d files", MaxMessage>>10, MaxFiles)
	}
	if err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) error { _, err := s.boxOf(tx, code); return err }); err != nil {
		return err // nobody without a code puts files into the vault
	}
	at := s.now().Truncate(time.Hour)
	a := &acceptance{s: s, d: Draft{Anonymous: true}, actor: holder, at: at}
	s.filing.RLock()
	defer s.filing.RUnlock()
	if err := a.store(nil, files); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.sayIn(tx, a, code, words) })
}

func (s *Service) sayIn(tx *sqldb.Tx, a *acceptance, code, words string) error {
	f, err := s.boxOf(tx, code)
	if err != nil {
		return err
	}
	t, err := s.reportDialogue(&f.record)
	if err != nil {
		return err
	}
	m := Message{ID: id.NewAt(a.at), Direction: In, Text: words, At: a.at}
	if err := s.hear(tx, t, m); err != nil {
		return err
	}
	if err := s.answeredIn(tx, f.ID, a.at); err != nil {
		return err
	}
	if err := a.keep(tx, m.ID, f.ID, f.Quarantined); err != nil {
		return err
	}
	return holder.Audit(tx, a.at, OpMailbox, f.ID, nil, map[string]any{"message": m.ID, "files": len(a.files)})
}

// CallBack records that a caller was rung back at a number of the register, and that it was who they said; from then on the report is verified so. Errors:
// NotFound; Invalid without a number, a person, or for a number that stands nowhere in the register.
func (s *Service) CallBack(ctx context.Context, actor identity.Actor, name string, c CallBack) error {
	if err := actor.Authorise(OpCallBack, name); err != nil {
		return err
	}
	c.Number, c.Person, c.Note = line(c.Number), line(c.Person), line(c.Note)
	if c.Number == "" || c.Person == "" || len(c.Number)+len(c.Person)+len(c.Note) > MaxAnswer {
		return problem.New(problem.Invalid, "say which number was rung, and who answered")
	}
	return s.change(ctx, actor, name, 0, func(tx *sqldb.Tx, r *record) error {
		var known int
		err := tx.QueryRow(`SELECT count(*) FROM contact WHERE channel = 'phone' AND address = $1`, telephone(c.Number)).Scan(&known)
		if err == nil && known == 0 {
			return problem.New(problem.Invalid, "the number %s stands nowhere in the register: ring one that does, since anybody can name a number", c.Number)
		}
		if err == nil {
			err = step(tx, s.now(), r, "verified = $4", string(CalledBack))
		}
		if err != nil {
			return err
		}
		return actor.AuditReason(tx, r.at(s.now()), OpCallBack, r.ID, c.Note, nil, map[string]any{"registered_number": true})
	})
}

// telephone writes a number as the register does: tel: and the digits (RFC 3966).
func telephone(number string) string {
	return "tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, strings.TrimPrefix(number, "tel:"))
}
