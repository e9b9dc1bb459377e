package incident

import (
	"io"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// MaxSent bounds the files of one mail together, in bytes: what is larger goes another way.
const MaxSent = 10 << 20

// SendIn sends a mail about an incident to a party, in a dialogue of its own: answers come back into that, and its party never learns of others. The
// dialogue is an investigation, and holds the mail as its one message. It is a step of somebody's operation, which authorises, audits and tells
// the timeline. about is what the party has to know of to act, whosever it is: an address, a domain, a URL. All else that names whom it happened to, who
// told us, or another dialogue, is a leak. Errors: Invalid; Conflict if the incident is closed, if its label lets nobody else know, or if the mail leaks: it
// says where; Unavailable if no mail can be sent.
func (s *Service) SendIn(tx *sqldb.Tx, actor identity.Actor, in *Inside, party Party, subject, text string, files []File, about ...string) (out Investigation, err error) {
	d := InvestigationDraft{Incident: in.ID, Party: party, Subject: subject, Text: text}
	if err := d.check(); err != nil {
		return out, err
	}
	parcels, err := pack(files)
	if err != nil {
		return out, err
	}
	return s.begin(tx, actor, in.place(), &d, parcels, about...)
}

// WriteIn sends a further mail in a dialogue of SendIn, by its id. It is a step of somebody's operation, which authorises, audits and tells the
// timeline. Errors: NotFound for a dialogue of another incident; Invalid; Conflict if the dialogue is resolved.
func (s *Service) WriteIn(tx *sqldb.Tx, actor identity.Actor, in *Inside, dialogue, text string, files []File, about ...string) (m Message, err error) {
	words, err := messageText(text)
	if err != nil {
		return m, err
	}
	parcels, err := pack(files)
	if err != nil {
		return m, err
	}
	v, p, err := s.dialogueIn(tx, in, dialogue)
	if err != nil {
		return m, err
	}
	if v.State != StateOpen {
		return m, resting(&v)
	}
	return s.sayTo(tx, actor, p, &v, words, parcels, about...)
}

// ReadIn gives a dialogue of an incident with its messages. It is a step of somebody's operation. Errors: NotFound.
func (s *Service) ReadIn(tx *sqldb.Tx, in *Inside, dialogue string) (Investigation, error) {
	v, p, err := s.dialogueIn(tx, in, dialogue)
	if err == nil {
		v.Messages, err = messagesOf(tx, p.key, v.ID)
	}
	return v, err
}

// EndIn resolves a dialogue of an incident; one that is resolved stays so. It is a step of somebody's operation, which audits.
func (s *Service) EndIn(tx *sqldb.Tx, in *Inside, dialogue string) error {
	v, _, err := s.dialogueIn(tx, in, dialogue)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE investigation SET state = $2, version = version + 1 WHERE id = $1 AND state = 'open'`, v.ID, string(StateResolved))
	return err
}

// dialogueIn finds a dialogue of an incident, or of one that was merged into it.
func (s *Service) dialogueIn(tx *sqldb.Tx, in *Inside, name string) (v Investigation, p place, err error) {
	cond, args := in.Rows("incident", 2)
	v, sealed, err := scanInvestigation(tx.QueryRow(`SELECT `+investigationColumns+` FROM investigation WHERE (id = $1 OR ref = $1) AND `+cond,
		append([]any{name}, args...)...).Scan)
	if sqldb.NoRows(err) {
		return v, p, gone("investigation", name)
	}
	if err != nil {
		return v, p, err
	}
	var b investigationBody
	err = in.Get(v.Incident, "investigation/"+v.ID, sealed, &b)
	v.Party, v.Subject = b.Party, b.Subject
	p = in.place()
	p.key = in.keys[v.Incident]
	return v, p, err
}

// place is the incident as the steps of a dialogue take it.
func (in *Inside) place() place {
	return place{id: in.ID, key: in.keys[in.ID], incident: &incidentRecord{
		ID: in.ID, Ref: in.Ref, State: in.Stage, Restricted: in.Restricted, TLP: int64(in.TLP), PAP: int64(in.PAP),
	}}
}

// begin opens an investigation with its first message.
func (s *Service) begin(tx *sqldb.Tx, actor identity.Actor, p place, d *InvestigationDraft, files []delivery.Attachment, about ...string) (v Investigation, err error) {
	if err := s.launch(tx, p); err != nil {
		return v, err
	}
	now := p.at(s.now())
	ref, err := newRef(tx, "V", "investigation")
	if err != nil {
		return v, err
	}
	v = Investigation{ID: id.NewAt(now), Ref: ref, Party: d.Party, Subject: d.Subject, State: StateOpen, Opened: now, OpenedBy: actor.ID, Version: 1}
	if p.report != nil {
		v.Report = p.id
	} else {
		v.Incident = p.id
	}
	m, err := s.sayTo(tx, actor, p, &v, d.Text, files, about...)
	if err != nil {
		return v, err
	}
	v.Messages = []Message{m}
	return v, insertInvestigation(tx, p.key, &v)
}

// resting is the conflict of writing where nothing is written any more.
func resting(v *Investigation) error {
	return problem.New(problem.Conflict, "investigation %s is %s: reopen it first", v.Ref, v.State)
}

// pack reads files that go with a mail.
func pack(files []File) (list []delivery.Attachment, err error) {
	if len(files) > MaxFiles {
		return nil, problem.New(problem.Invalid, "a mail takes %d files at most", MaxFiles)
	}
	left := int64(MaxSent)
	for _, f := range files {
		data, err := io.ReadAll(io.LimitReader(f.Body, left+1))
		if err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "the file %q cannot be read", line(f.Name))
		}
		if left -= int64(len(data)); left < 0 {
			return nil, problem.New(problem.Invalid, "the files have more than %d MiB together: send them another way", MaxSent>>20)
		}
		list = append(list, delivery.Attachment{Name: line(f.Name), MediaType: f.MediaType, Data: data})
	}
	return list, nil
}
