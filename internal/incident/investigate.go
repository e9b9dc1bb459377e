package incident

import (
	"cmp"
	"context"
	"slices"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// investigationBody is what of an investigation is sealed, under the key of its report or incident.
type investigationBody struct {
	Party   Party  `json:"party"`
	Subject string `json:"subject"`
}

// Investigate opens an investigation about a report or an incident with its first message to the party. Errors: NotFound, Invalid; Conflict if the report
// or incident is closed, or its label lets nobody else know.
func (s *Service) Investigate(ctx context.Context, actor identity.Actor, d InvestigationDraft) (out Investigation, err error) {
	about := d.Report
	if about == "" {
		about = d.Incident
	}
	if err := actor.Authorise(OpInvestigate, about); err != nil {
		return out, err
	}
	if err := d.check(); err != nil {
		return out, err
	}
	err = s.in(ctx, actor, about, func(tx *sqldb.Tx, p place) error {
		if out, err = s.begin(tx, actor, p, &d, nil); err != nil {
			return err
		}
		m := out.Messages[0]
		if err := s.toldOut(tx, actor, p, &out); err != nil {
			return err
		}
		return actor.Audit(tx, m.At, OpInvestigate, p.id, nil, map[string]any{"investigation": out.ID, "message": m.ID, "delivery": m.Delivery})
	})
	if err != nil {
		return Investigation{}, err
	}
	return out, nil
}

func (d *InvestigationDraft) check() (err error) {
	if (d.Report == "") == (d.Incident == "") {
		return problem.New(problem.Invalid, "an investigation is about a report or an incident: name one of the two")
	}
	if err := d.Party.check(); err != nil {
		return err
	}
	if d.Subject = line(d.Subject); d.Subject == "" || len(d.Subject) > MaxSubject {
		return problem.New(problem.Invalid, "the investigation needs a subject of at most %d bytes", MaxSubject)
	}
	d.Text, err = messageText(d.Text)
	return err
}

// launch refuses what is closed, and opens a report that is new.
func (s *Service) launch(tx *sqldb.Tx, p place) error {
	if p.incident != nil {
		if p.incident.State != StageOpen {
			return problem.New(problem.Conflict, "incident %s is %s: reopen it first", p.incident.Ref, p.incident.State)
		}
		return nil
	}
	m, _ := find(reportMoves, Launch)
	if err := m.possible(p.report.State, "report "+p.report.Ref); err != nil {
		return err
	}
	return s.asked(tx, p.report, Launch)
}

// sayTo writes a message to the party, and stores it. about is what the party has to know of, whosever it is.
func (s *Service) sayTo(tx *sqldb.Tx, actor identity.Actor, p place, v *Investigation, words string, files []delivery.Attachment, about ...string) (m Message, err error) {
	if s.o.Delivery == nil || s.o.Release == nil {
		return m, problem.New(problem.Unavailable, "no mail can be sent: name a mail.relay, or a mail.maildir, in the configuration")
	}
	now := p.at(s.now())
	m = Message{ID: id.NewAt(now), Direction: Out, By: actor.ID, Subject: v.Subject, Text: words, At: now}
	to, err := contactOf(tx, &v.Party)
	if err != nil {
		return m, err
	}
	label, sealed := p.secrecy()
	item, err := s.itemOf(tx, p)
	if err != nil {
		return m, err
	}
	item.Terms.Label = label
	if !slices.Contains(about, Whole) {
		item.Holds = sensitive
	}
	permit, to, err := s.o.Release.ForParty(tx, actor, item, to, cmp.Or(v.Party.As, release.Party))
	if err != nil {
		return m, err
	}
	l := letter{subject: "[" + v.Ref + "] " + v.Subject, generic: "[" + v.Ref + "] " + s.o.TeamName, text: words, ticket: v.Ref, files: files}
	l.checked = checked{actor, func(tx *sqldb.Tx) (leak.Names, error) { return s.namesFor(tx, p, v.Party, v.Ref, about) }}
	if sealed {
		l.subject, l.ticket = l.generic, ""
	}
	l.thread.References, err = s.sent(tx, v.ID)
	if err != nil {
		return m, err
	}
	if err := s.posted(tx, &m, v.ID, func() (string, string, error) { return s.send(tx, permit, to, v.Party.Name, l) }); err != nil {
		return m, err
	}
	return m, storeMessage(tx, p.key, v.ID, m)
}

// sent lists the Message-IDs of what we wrote in a dialogue: those of the deliveries that carried it.
func (s *Service) sent(tx *sqldb.Tx, about string) (list []string, err error) {
	err = tx.Each(`SELECT d.message_id FROM incident_message m JOIN delivery d ON d.id = m.delivery WHERE m.about = $1 AND m.delivery <> '' ORDER BY m.step, m.id`,
		[]any{about}, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			list = append(list, id)
			return err
		})
	return list, err
}

// secrecy gives the label of what is said of a place, and whether its words may stand in no subject.
func (p place) secrecy() (label tlp.Label, sealed bool) {
	if p.report != nil {
		label, sealed = p.report.label(), p.report.sealed()
	} else {
		label, sealed = tlp.Label(p.incident.TLP), p.incident.Restricted
	}
	if sealed {
		return max(label, tlp.Amber), true
	}
	return max(label, tlp.Green), false
}

func insertInvestigation(tx *sqldb.Tx, k seal.Key, v *Investigation) error {
	sealed, err := put(k, "investigation/"+v.ID, investigationBody{v.Party, v.Subject})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO investigation (id, ref, report, incident, state, opened, opened_by, version, body) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)`,
		v.ID, v.Ref, v.Report, v.Incident, string(v.State), v.Opened, v.OpenedBy, sealed)
	return err
}

const investigationColumns = `id, ref, report, incident, state, opened, opened_by, assignee, version, body`

func scanInvestigation(scan func(...any) error) (v Investigation, sealed []byte, err error) {
	err = scan(&v.ID, &v.Ref, &v.Report, &v.Incident, &v.State, moment{&v.Opened}, &v.OpenedBy, &v.Assignee, &v.Version, &sealed)
	return v, sealed, err
}

// investigationsOf lists those of a report or an incident, with their messages.
func (s *Service) investigationsOf(tx *sqldb.Tx, k seal.Key, column, about string) (list []Investigation, err error) {
	err = tx.Each(`SELECT `+investigationColumns+` FROM investigation WHERE `+column+` = $1 AND `+column+` <> '' ORDER BY opened, id`, []any{about}, func(scan func(...any) error) error {
		v, sealed, err := scanInvestigation(scan)
		if err != nil {
			return err
		}
		b, err := get[investigationBody](k, "investigation/"+v.ID, sealed)
		v.Party, v.Subject = b.Party, b.Subject
		list = append(list, v)
		return err
	})
	for i := range list {
		if err == nil {
			list[i].Messages, err = messagesOf(tx, k, list[i].ID)
		}
	}
	return list, err
}

// investigation reads one by id or ref, without its messages, if its report or incident is within sight; restricted tells whether only members see
// it. Errors: NotFound.
func (s *Service) investigation(tx *sqldb.Tx, sight Sight, name string) (v Investigation, restricted bool, err error) {
	v, sealed, err := scanInvestigation(tx.QueryRow(`SELECT `+investigationColumns+` FROM investigation WHERE id = $1 OR ref = $1`, name).Scan)
	if sqldb.NoRows(err) {
		return v, false, gone("investigation", name)
	}
	if err != nil {
		return v, false, err
	}
	p, err := s.place(tx, sight, v.parent())
	if problem.Is(err, problem.NotFound) {
		return v, false, gone("investigation", name)
	}
	if err != nil {
		return v, false, err
	}
	b, err := get[investigationBody](p.key, "investigation/"+v.ID, sealed)
	v.Party, v.Subject = b.Party, b.Subject
	return v, p.hidden(), err
}

func (v *Investigation) parent() string {
	if v.Report != "" {
		return v.Report
	}
	return v.Incident
}

// hidden tells whether only members see it.
func (p place) hidden() bool {
	return p.report != nil && p.report.Hidden || p.incident != nil && p.incident.Restricted
}

// parentKey gives the key of what an investigation is about.
func (s *Service) parentKey(tx *sqldb.Tx, v Investigation) (seal.Key, string, error) {
	p, err := s.place(tx, Sight{all: true}, v.parent())
	return p.key, p.id, err
}

// Investigation gives one by its id or ref. Errors: NotFound.
func (s *Service) Investigation(ctx context.Context, actor identity.Actor, name string) (out Investigation, err error) {
	if err := actor.Authorise(OpIncidentRead, name); err != nil {
		return out, err
	}
	restricted := false
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		if out, restricted, err = s.investigation(tx, v, name); err != nil {
			return err
		}
		p, err := s.place(tx, v, out.parent())
		if err != nil {
			return err
		}
		out.Messages, err = messagesOf(tx, p.key, out.ID)
		return err
	})
	if err == nil && restricted {
		err = s.recordReading(ctx, actor, OpIncidentRead, []string{out.ID})
	}
	if err != nil {
		return Investigation{}, err
	}
	return out, nil
}

// Write sends a further message to the party of an investigation. Errors: NotFound, Invalid; Conflict if it is resolved.
func (s *Service) Write(ctx context.Context, actor identity.Actor, name, words string) (m Message, err error) {
	if err := actor.Authorise(OpInvestigate, name); err != nil {
		return m, err
	}
	if words, err = messageText(words); err != nil {
		return m, err
	}
	err = s.dialogueBy(ctx, actor, name, func(tx *sqldb.Tx, p place, v *Investigation) error {
		if v.State != StateOpen {
			return resting(v)
		}
		if m, err = s.sayTo(tx, actor, p, v, words, nil); err != nil {
			return err
		}
		if err := s.toldOut(tx, actor, p, v); err != nil {
			return err
		}
		return actor.Audit(tx, m.At, OpInvestigate, p.id, nil, map[string]any{"investigation": v.ID, "message": m.ID, "delivery": m.Delivery})
	})
	return m, err
}

// dialogueBy does something with an investigation within the actor's sight.
func (s *Service) dialogueBy(ctx context.Context, actor identity.Actor, name string, do func(tx *sqldb.Tx, p place, v *Investigation) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		sight, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		v, _, err := s.investigation(tx, sight, name)
		if err != nil {
			return err
		}
		p, err := s.place(tx, sight, v.parent())
		if err != nil {
			return err
		}
		return do(tx, p, &v)
	})
}

// MoveInvestigation resolves or reopens one. Errors: NotFound; Conflict if from its state there is no such move.
func (s *Service) MoveInvestigation(ctx context.Context, actor identity.Actor, name string, move MoveName) error {
	if err := actor.Authorise(OpInvestigate, name); err != nil {
		return err
	}
	m, err := investigationMove(move)
	if err != nil {
		return err
	}
	return s.dialogueBy(ctx, actor, name, func(tx *sqldb.Tx, p place, v *Investigation) error {
		if err := m.possible(v.State, "investigation "+v.Ref); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE investigation SET state = $3, version = version + 1 WHERE id = $1 AND version = $2`, v.ID, v.Version, string(m.To))
		if err == nil && n == 0 {
			return problem.New(problem.Conflict, "investigation %s was changed by somebody else meanwhile: look at it again", v.Ref)
		}
		if err == nil {
			err = s.toldIn(tx, actor, p, Entry{Code: "dialogue." + string(m.To), Args: map[string]string{"party": v.Party.Name}, Link: v.path()})
		}
		if err != nil {
			return err
		}
		if m.To == StateOpen {
			if err := s.wakeOver(tx, actor, v.Incident); err != nil {
				return err
			}
		}
		return actor.Audit(tx, p.at(s.now()), OpInvestigate, p.id, nil, map[string]any{"investigation": v.ID, "state": m.To})
	})
}
