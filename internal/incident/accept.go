package incident

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Accept stores a report, durably when it returns, with the job that assesses it. A mail of a dialogue that we know is added to that instead, if it
// comes from the one that the dialogue is with; the report returned is the one it belongs to, with only its ID and Ref for what is restricted.
// Errors: Invalid, Forbidden, Unavailable.
func (s *Service) Accept(ctx context.Context, actor identity.Actor, d Draft) (Report, error) {
	if err := actor.Authorise(OpAccept, string(d.Door)); err != nil {
		return Report{}, err
	}
	if err := d.check(); err != nil {
		return Report{}, err
	}
	a := s.acceptance(actor, d)
	if err := a.agreed(ctx); err != nil {
		return Report{}, err
	}
	s.filing.RLock()
	defer s.filing.RUnlock()
	if err := a.store(d.Raw, d.Files); err != nil {
		return Report{}, err
	}
	var out Report
	err := s.group.Write(ctx, func(tx *sqldb.Tx) (err error) { // a burst of mail shares commits
		out, err = a.take(tx)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	s.wake()
	return out, nil
}

// acceptance is one call of Accept.
type acceptance struct {
	s     *Service
	d     Draft
	actor identity.Actor
	at    time.Time
	once  string
	files []arrived
	why   string // it is outside of what was agreed with who sends it
}

// OutsideAgreement is the fault of a report that was not agreed to come, among those of Trust.
const OutsideAgreement = "outside-agreement"

// agreed asks whether who sends it may. What may not come is not lost: it waits for a person like all reports, and says so.
func (a *acceptance) agreed(ctx context.Context) (err error) {
	if a.s.o.Outside == nil || a.d.Anonymous {
		return nil
	}
	if a.why, err = a.s.o.Outside(ctx, a.actor, a.d.Reporter.Email, a.d.TLP); a.why != "" {
		a.d.Trust.Faults = append(slices.Clone(a.d.Trust.Faults), OutsideAgreement)
	}
	return err
}

// arrived is a file that lies in the vault.
type arrived struct {
	stored evidence.Stored
	item   evidence.Item
}

// acceptance forgets at once what must not be kept of an anonymous reporter.
func (s *Service) acceptance(actor identity.Actor, d Draft) *acceptance {
	a := &acceptance{s: s, d: d, actor: actor, at: s.now()}
	if d.Anonymous {
		a.at = a.at.Truncate(time.Hour)
		a.actor = identity.System(string(d.Door))
		a.d.Reporter = Reporter{Language: d.Reporter.Language}
		a.d.Thread, a.d.Trust, a.d.Raw = Thread{}, Trust{}, nil
	}
	if d.Key != "" {
		a.once = s.sealer.Digest("once", string(d.Door), d.Key, d.Subject, d.Text, d.Thread.MessageID)
	}
	return a
}

// store puts the files into the vault.
func (a *acceptance) store(raw io.Reader, files []File) error {
	if raw != nil && a.d.Raw != nil {
		files = append([]File{{Name: "message.eml", MediaType: "message/rfc822", Body: raw}}, files...)
	}
	for i, f := range files {
		stored, err := a.s.vault.Put(f.Body, MaxFile, a.dated())
		if err != nil {
			return err
		}
		name := f.Name
		if a.d.Anonymous {
			name = "file-" + strconv.Itoa(i+1) + evidenceEnding(name) // names of files name people
		}
		a.files = append(a.files, arrived{stored, evidence.Item{Name: name, MediaType: f.MediaType}})
	}
	return nil
}

func (a *acceptance) dated() time.Time {
	if a.d.Anonymous {
		return a.at
	}
	return time.Time{}
}

// evidenceEnding keeps the ending of a name, so that people know what they open.
func evidenceEnding(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || len(name)-i > 6 || strings.Trim(strings.ToLower(name[i+1:]), "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return ""
	}
	return name[i:]
}

func (a *acceptance) take(tx *sqldb.Tx) (Report, error) {
	if had, err := a.had(tx); err != nil || had.ID != "" {
		return had, err
	}
	if known, err := a.continues(tx); err != nil || known.ID != "" {
		return known, err
	}
	r, err := a.insert(tx)
	if err != nil {
		return Report{}, err
	}
	if a.why != "" && a.s.o.SetAside != nil {
		if err := a.s.o.SetAside(tx, r.ID, r.Ref, a.why); err != nil {
			return Report{}, err
		}
	}
	out := Report{ID: r.ID, Ref: r.Ref, Door: r.Door, State: r.State, Received: r.Received, Confidential: r.Confidential, Anonymous: r.Anonymous, Sealed: r.sealed(), Version: r.Version}
	if r.Confidential || r.Anonymous {
		code := a.s.newCode(a.once, a.once != "")
		out.Code = writeCode(code)
		if err := a.s.lockBox(tx, r.ID, code); err != nil {
			return Report{}, err
		}
	}
	return out, a.announce(tx, r)
}

// had gives the report that the same draft became before.
func (a *acceptance) had(tx *sqldb.Tx) (out Report, err error) {
	if a.once == "" {
		return out, nil
	}
	err = tx.QueryRow(`SELECT id, ref, door, state, received, confidential, anonymous, version FROM report WHERE once = $1`, a.once).
		Scan(&out.ID, &out.Ref, &out.Door, &out.State, moment{&out.Received}, &out.Confidential, &out.Anonymous, &out.Version)
	if sqldb.NoRows(err) {
		return Report{}, nil
	}
	out.Sealed = out.Confidential || out.Anonymous
	if err == nil && out.Sealed {
		out.Code = writeCode(a.s.newCode(a.once, true))
	}
	return out, err
}

// insert writes the report and what belongs to it.
func (a *acceptance) insert(tx *sqldb.Tx) (*record, error) {
	d := a.d
	r := &record{
		ID: id.NewAt(a.at), Door: d.Door, State: StateNew, Received: a.at, Confidential: d.Confidential, Anonymous: d.Anonymous,
		Quarantined: d.Answers.Children || d.Machine.children(), TLP: int64(d.TLP), Verified: d.Reporter.Verified, About: d.About, Version: 1,
	}
	key, wrapped, err := a.s.sealer.NewKey(r.ID)
	if err != nil {
		return nil, err
	}
	r.wrapped = wrapped
	if r.Ref, err = newRef(tx, "R", "report"); err != nil {
		return nil, err
	}
	if r.sealedHead, err = put(key, "head", head{d.Subject, d.Reporter}); err != nil {
		return nil, err
	}
	if r.sealedBody, err = put(key, "body", body{Text: d.Text, Answers: d.Answers, Machine: d.Machine, Trust: d.Trust, Claims: d.Thread.Tag, Files: names(d.Files)}); err != nil {
		return nil, err
	}
	if !r.sealed() {
		r.Sender = strings.ToLower(d.Reporter.Email)
	}
	once := a.once
	if once == "" {
		once = r.ID
	}
	if err := insert(tx, r, once); err != nil {
		return nil, err
	}
	return r, a.belongs(tx, r)
}

// belongs writes the words, files and thread of a new report.
func (a *acceptance) belongs(tx *sqldb.Tx, r *record) error {
	if !r.sealed() {
		if err := reword(tx, "report", r.ID, "", a.words(r)); err != nil {
			return err
		}
	}
	if err := a.keep(tx, r.ID, r.ID, r.Quarantined); err != nil {
		return err
	}
	return a.s.remember(tx, a.at, a.d.Thread.MessageID, r.ID)
}

func (a *acceptance) words(r *record) []string {
	d := a.d
	texts := []string{r.Ref, d.Subject, d.Reporter.Email, d.Reporter.Name, d.Reporter.Organisation, d.Answers.Affected, d.Answers.Happened, d.Text}
	if m := d.Machine; m != nil {
		texts = append(texts, m.SourceIP, m.Domain, m.URL, m.Source, m.Type)
	}
	return wordsOf(append(texts, names(d.Files)...)...)
}

// keep notes the files as evidence.
func (a *acceptance) keep(tx *sqldb.Tx, about, parent string, quarantined bool) error {
	for _, f := range a.files {
		f.item.About, f.item.Parent, f.item.Quarantined = about, parent, quarantined
		if _, err := a.s.vault.Add(tx, a.at, a.actor.ID, f.stored, f.item); err != nil {
			return err
		}
	}
	return nil
}

func names(files []File) (list []string) {
	for _, f := range files {
		list = append(list, evidence.Name(f.Name))
	}
	return list
}

// announce posts the job and the word of the report, and writes the record: never the text.
func (a *acceptance) announce(tx *sqldb.Tx, r *record) error {
	post := jobs.Post{Kind: JobAssess, Subject: r.ID, Unique: true}
	if r.Anonymous {
		post.Subject, post.Again = Anonymous, true
	}
	if _, err := jobs.Enqueue(tx, a.at, post); err != nil {
		return err
	}
	if err := outbox.Post(tx, a.at, Accepted, r.ID); err != nil {
		return err
	}
	if err := a.s.arrived(tx, a.actor, r); err != nil {
		return err
	}
	return a.actor.Audit(tx, a.at, OpAccept, r.ID, nil, map[string]any{
		"ref": r.Ref, "door": r.Door, "confidential": r.Confidential, "anonymous": r.Anonymous, "files": len(a.files),
	})
}
