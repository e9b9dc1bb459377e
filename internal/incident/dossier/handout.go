package dossier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// CodeHandedOut is the code of the timeline.
const CodeHandedOut = "incident.handed-out"

// Handout is a document as it was handed out.
type Handout struct {
	ID       string    `json:"id"`
	Audience Audience  `json:"audience"`
	Label    tlp.Label `json:"label"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Digest   string    `json:"digest"` // SHA-256 of the document as it is kept
}

// HandOut makes a document for outsiders and keeps it as it is: from then on it may be given to them. Errors: NotFound; Invalid without a reason, for
// the team, or for a constituent that is not named; Conflict if the label of the incident allows the audience nothing and no statement was written, or if
// a name is still found in it: it says where.
func (s *Service) HandOut(ctx context.Context, actor identity.Actor, name string, o Order, why string) (h Handout, err error) {
	if err := actor.Authorise(OpHandOut, name); err != nil {
		return h, err
	}
	if err := o.outward(&why); err != nil {
		return h, err
	}
	doc, names, err := s.draft(ctx, actor, name, o)
	if err == nil {
		err = sanitised(doc, names)
	}
	if err != nil {
		return h, err
	}
	if doc.Untold && doc.Statement == "" {
		return h, problem.New(problem.Conflict, "what incident %s says may not go to this audience: write a text for it, or relax the label if its source allows it", doc.Ref)
	}
	err = s.o.Incidents.Work(ctx, actor, doc.ID, func(tx *sqldb.Tx, in *incident.Inside) error {
		h, err = s.keep(tx, actor, in, doc, o, why)
		return err
	})
	return h, err
}

// sanitised looks through a document as it is kept for what the sieve did not see: a name that somebody encoded, or spread over what it does not read.
func sanitised(doc Document, names leak.Names) error {
	text, err := json.Marshal(doc)
	if err != nil {
		return problem.Wrap(problem.Internal, err, "document of %s", doc.Ref)
	}
	names.Allow(leak.Ticket, doc.Ref)
	if found := leak.Check(leak.Content{Files: []leak.File{{Name: doc.Ref + ".json", MediaType: "application/json", Data: text}}}, names); len(found) > 0 {
		return problem.New(problem.Conflict, "nothing was handed out, for the document says what its audience may not know: %s. Change what stands there", leak.Sentences(found, 5))
	}
	return nil
}

// outward checks that an order is for outsiders.
func (o *Order) outward(why *string) error {
	*why = strings.TrimSpace(*why)
	switch {
	case o.Audience == Team:
		return problem.New(problem.Invalid, "the team has the incident itself: hand out to a constituent or to the public")
	case o.Audience == Constituent && o.Organisation == "":
		return problem.New(problem.Invalid, "name the organisation that it is for")
	case *why == "" || len(*why) > 1000:
		return problem.New(problem.Invalid, "say in at most 1000 bytes why it is handed out")
	}
	return nil
}

func (s *Service) keep(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, doc Document, o Order, why string) (h Handout, err error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return h, problem.Wrap(problem.Internal, err, "document of %s", in.Ref)
	}
	sum := sha256.Sum256(text)
	h = Handout{ID: id.NewAt(in.Now), Audience: o.Audience, Label: doc.Label, At: in.Now, By: actor.ID, Digest: hex.EncodeToString(sum[:])}
	body, err := in.Put("handout/"+h.ID, doc)
	if err != nil {
		return h, err
	}
	if _, err := tx.Exec(`INSERT INTO handout (id, incident, audience, label, at, actor, digest, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		h.ID, in.ID, string(h.Audience), int64(h.Label), h.At, h.By, h.Digest, body); err != nil {
		return h, err
	}
	entry := incident.Entry{Code: CodeHandedOut + "." + string(o.Audience), Link: "/incidents/" + in.ID + "/print?handout=" + h.ID}
	if err := s.o.Incidents.Tell(tx, actor, in, entry); err != nil {
		return h, err
	}
	return h, actor.AuditReason(tx, in.Now, OpHandOut, in.ID, why, nil, map[string]any{
		"handout": h.ID, "audience": o.Audience, "organisation": o.Organisation, "label": doc.Label, "digest": h.Digest,
	})
}

// Handouts lists what was handed out of an incident, the latest first. Errors: NotFound.
func (s *Service) Handouts(ctx context.Context, actor identity.Actor, name string) (list []Handout, err error) {
	err = s.o.Incidents.Look(ctx, actor, OpPrint, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		list = nil
		cond, args := in.Rows("incident", 1)
		return tx.Each(`SELECT id, audience, label, at, actor, digest FROM handout WHERE `+cond+` ORDER BY at DESC, id DESC LIMIT 200`, args, func(scan func(...any) error) error {
			var h Handout
			var at int64
			err := scan(&h.ID, &h.Audience, &h.Label, &at, &h.By, &h.Digest)
			h.At = sqldb.Time(at)
			list = append(list, h)
			return err
		})
	})
	return list, err
}

// HandedOut gives a document as it was handed out. Errors: NotFound.
func (s *Service) HandedOut(ctx context.Context, actor identity.Actor, name, handout string) (doc Document, err error) {
	err = s.o.Incidents.Look(ctx, actor, OpPrint, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		cond, args := in.Rows("incident", 2)
		var of string
		var body []byte
		err := tx.QueryRow(`SELECT incident, body FROM handout WHERE id = $1 AND `+cond, append([]any{handout}, args...)...).Scan(&of, &body)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "nothing of the name %.60q was handed out of incident %s", handout, in.Ref)
		}
		if err != nil {
			return err
		}
		return in.Get(of, "handout/"+handout, body, &doc)
	})
	return doc, err
}
