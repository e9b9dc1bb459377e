package sharing

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// The ways in. Beside them stand the names of the sources that are asked, behind OriginPoll.
const (
	OriginUpload = "upload"
	OriginTAXII  = "taxii"
	OriginPoll   = "poll:"
)

// How it is known who gave an object; "" where nothing proves it.
const (
	ProofToken       = "token"       // they came with a token of ours
	ProofCertificate = "certificate" // they came with a certificate that the configuration names for their account
	ProofServer      = "server"      // it was read from their server, whose name its certificate proved
)

// In is what is given into a collection.
type In struct {
	Collection string // id or alias
	// Source is the id of the organisation that gives it; "" for the team. Of a peer it is the peer's own, whatever stands here.
	Source string
	Origin string // OriginUpload, OriginTAXII, or OriginPoll and a name
	Proof  string // how it is known that Source gives it: one of the Proof constants. By OriginTAXII it is how the actor came in, whatever stands here
	// Unmarked is the label of objects that carry none. The zero value is TLP:CLEAR: say what it is.
	Unmarked tlp.Label
	Body     io.Reader
	// Own is the thing of the team's own that the objects tell of: what told of it in this collection before and is not among them goes. Zero: of none.
	Own Own
	// Permit is release's decision about exactly these objects for the group of this collection; then nobody is asked anew. Zero: it is asked.
	Permit release.Permit
}

// future is how far ahead of ours another's clock may be.
const future = 24 * time.Hour

// Add reads objects and puts them into a collection. What cannot be taken in is set aside, and is no error: the status tells.
//
// Errors: Forbidden, also for who may read the collection only; NotFound; Invalid if nothing can be read.
func (s *Service) Add(ctx context.Context, actor identity.Actor, in In) (Status, error) {
	t, err := s.begin(ctx, actor, in)
	if err != nil {
		return Status{}, err
	}
	list, bad, err := s.o.Decode(in.Body)
	if err != nil {
		return Status{}, err
	}
	return t.put(ctx, list, bad)
}

// Put is Add for objects that were read already.
func (s *Service) Put(ctx context.Context, actor identity.Actor, in In, list []Object, bad []Rejected) (Status, error) {
	t, err := s.begin(ctx, actor, in)
	if err != nil {
		return Status{}, err
	}
	return t.put(ctx, list, bad)
}

// intake is objects on their way in.
type intake struct {
	s      *Service
	actor  identity.Actor
	op     identity.Operation
	in     In
	c      Collection
	now    time.Time
	st     Status
	aside  []set
	fresh  []entry         // that may stand in the collection
	barred []entry         // that may not: their label is too strict, or release refused
	met    map[string]bool // ids of fresh ones of which another version stands in the collection
	places int
}

// proof is how it is known who gives what is taken in.
func (t *intake) proof() string {
	switch {
	case t.in.Source == "":
		return ""
	case t.in.Origin != OriginTAXII:
		return t.in.Proof
	case strings.HasPrefix(t.actor.ID, certified):
		return ProofCertificate
	}
	return ProofToken
}

// certified begins the ids of actors who came in by a certificate.
const certified = "certificate:"

// entry is an object that may be taken in.
type entry struct {
	Object
	content
	label    tlp.Label
	pap      tlp.PAP
	iep      *iep.Policy
	decision string
	stands   bool // in the collection, after write
	// scheduled: its label has a schedule of its own, so that it is decided about alone
	scheduled bool
}

// set is what is set aside.
type set struct {
	Rejected
	once []byte
}

func (s *Service) begin(ctx context.Context, actor identity.Actor, in In) (*intake, error) {
	op := OpAdd
	switch {
	case in.Origin == OriginTAXII:
		op = OpGive
	case in.Origin != OriginUpload:
		op = OpPoll
	}
	if err := actor.Authorise(op, in.Collection); err != nil {
		return nil, err
	}
	if outsider(actor) {
		in.Source = actor.Organisation
	}
	t := &intake{s: s, actor: actor, op: op, in: in, now: s.o.Clock.Now()}
	err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		t.c, err = s.access(tx, actor, in.Collection)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !t.c.CanWrite {
		return nil, t.c.closed("write to")
	}
	t.st = Status{ID: uuid(), Status: "complete", Requested: Stamp(t.now)}
	return t, nil
}

func (t *intake) put(ctx context.Context, list []Object, bad []Rejected) (Status, error) {
	for _, no := range bad {
		t.reject(no, "")
	}
	if err := t.covered(ctx, list); err != nil {
		return Status{}, err
	}
	if err := t.screen(ctx, list); err != nil {
		return Status{}, err
	}
	if err := t.search(ctx); err != nil {
		return Status{}, err
	}
	if err := t.decide(ctx); err != nil {
		return Status{}, err
	}
	for part := range slices.Chunk(t.fresh, chunk) {
		if err := t.write(ctx, part); err != nil {
			return Status{}, err
		}
	}
	err := t.s.o.DB.Write(ctx, t.settle)
	if err == nil && t.st.New > 0 {
		t.s.o.Taken()
	}
	return t.st, err
}

// reject sets something aside.
func (t *intake) reject(no Rejected, version string) {
	no.ID, no.Detail = short(no.ID, 300), short(no.Detail, 1000)
	if version == "" {
		version = t.st.Requested
	}
	t.st.fail(Outcome{ID: no.ID, Version: version, Message: no.Code + ": " + no.Detail})
	t.aside = append(t.aside, set{no, digestOf(t.in.Source, t.in.Origin, t.c.ID, no.ID, no.Code, string(no.Raw))})
}

func (t *intake) refuse(e *Object, code, detail string) {
	t.reject(Rejected{ID: e.ID, Code: code, Detail: detail, Raw: clip(e.Raw)}, t.stamp(e))
}

// stamp is the version of an object for people.
func (t *intake) stamp(o *Object) string {
	if o.version() == 0 {
		return t.st.Requested
	}
	return VersionStamp(Moment(o.version()))
}

// screen looks at what each object says of itself.
func (t *intake) screen(ctx context.Context, list []Object) error {
	var m markings
	err := t.s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		m, err = markingsOf(tx, list)
		return err
	})
	if err != nil {
		return err
	}
	scheduled, err := t.follow(ctx, list, m)
	if err != nil {
		return err
	}
	agreed := t.agreement()
	t.fresh = make([]entry, 0, len(list))
	for i := range list {
		o := &list[i]
		label, unknown := m.label(o, t.in.Unmarked)
		outside, failed := agreed(ctx, o.Type, label)
		if failed != nil {
			return failed
		}
		c, err := contentOf(o.Raw)
		switch {
		case err != nil:
			t.refuse(o, CodeMalformed, err.Error())
		case unknown != "":
			t.refuse(o, CodeMarking, "it is marked with "+short(unknown, 200)+", which neither came along nor is known")
		case o.Modified.After(t.now.Add(future)) || o.Created.After(t.now.Add(future)):
			t.refuse(o, CodeFuture, "it says that it was made at "+VersionStamp(Moment(o.version())))
		case label > t.c.Label:
			t.barred = append(t.barred, entry{Object: *o, label: label})
			t.refuse(o, CodeLabel, "it is "+label.String()+", and the collection takes "+t.c.Label.String()+" at most")
		case outside != "":
			t.barred = append(t.barred, entry{Object: *o, label: label})
			t.refuse(o, CodeAgreement, outside)
		default:
			e := entry{Object: *o, content: c, label: label, scheduled: scheduled[o.ID]}
			e.pap, e.iep = m.permits(o)
			t.fresh = append(t.fresh, e)
		}
	}
	return nil
}

// agreement gives a function that tells why an object of a type and label is outside of what was agreed with who gives it; each is asked about once.
func (t *intake) agreement() func(ctx context.Context, objectType string, label tlp.Label) (string, error) {
	type kind struct {
		objectType string
		label      tlp.Label
	}
	known := map[kind]string{}
	return func(ctx context.Context, objectType string, label tlp.Label) (string, error) {
		if t.s.o.Outside == nil || t.in.Source == "" {
			return "", nil
		}
		why, ok := known[kind{objectType, label}]
		if ok {
			return why, nil
		}
		why, err := t.s.o.Outside(ctx, t.in.Source, objectType, label)
		known[kind{objectType, label}] = why
		return why, err
	}
}

// search looks through what the team itself gives by hand: what was drawn from one of its things was looked through for the permit that it comes with.
func (t *intake) search(ctx context.Context) error {
	if t.op != OpAdd || t.in.Source != "" || t.in.Permit.Decision() != "" || t.s.o.Search == nil {
		return nil
	}
	list := make([]Object, len(t.fresh))
	for i := range t.fresh {
		list[i] = t.fresh[i].Object
	}
	why, err := t.s.o.Search(ctx, t.actor, t.c, list)
	if err != nil || len(why) == 0 {
		return err
	}
	clean := t.fresh[:0]
	for _, e := range t.fresh {
		if reason, named := why[e.ID]; named {
			t.refuse(&e.Object, CodeRefused, reason)
			continue
		}
		clean = append(clean, e)
	}
	t.fresh = clean
	return nil
}

// asked is in what an entry differs from others for who decides.
func (e *entry) asked() Candidate {
	c := Candidate{Label: e.label, PAP: e.pap, IEP: e.iep.String()}
	if e.scheduled {
		c.Object = e.ID
	}
	return c
}

// decide asks release about what is left: once for each label, PAP and policy, since that is all in which these objects differ, but for those with a schedule of their own.
func (t *intake) decide(ctx context.Context) error {
	if t.in.Permit.Decision() != "" {
		t.permitted()
		return nil
	}
	var asks []Candidate
	at := map[Candidate]int{}
	for i := range t.fresh {
		e := &t.fresh[i]
		n, ok := at[e.asked()]
		if !ok {
			n = len(asks)
			at[e.asked()] = n
			asks = append(asks, Candidate{Source: t.in.Source, Label: e.label, PAP: e.pap, IEP: e.iep.String(), Sample: e.ID, Object: e.asked().Object})
		}
		asks[n].Count++
	}
	if len(asks) == 0 {
		return nil
	}
	verdicts, err := t.s.o.Decide(ctx, t.actor, t.c, asks)
	if err != nil {
		return err
	}
	if len(verdicts) != len(asks) {
		return problem.New(problem.Internal, "%d decisions about %d candidates", len(verdicts), len(asks))
	}
	allowed := t.fresh[:0]
	for _, e := range t.fresh {
		v := verdicts[at[e.asked()]]
		if !v.Allowed {
			t.barred = append(t.barred, e)
			t.refuse(&e.Object, CodeRefused, v.Reason)
			continue
		}
		e.decision = v.Decision
		allowed = append(allowed, e)
	}
	t.fresh = allowed
	return nil
}

// closed is why who asks may not read or write.
func (c Collection) closed(what string) error {
	if c.why != "" {
		return problem.New(problem.Forbidden, "you may not %s this collection: %s", what, c.why)
	}
	return problem.New(problem.Forbidden, "you may not %s this collection", what)
}
