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
	"github.com/firehall/firehall/internal/release"
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
	Digest   string    `json:"digest"`             // SHA-256 of the document as it is kept
	Decision string    `json:"decision,omitempty"` // of release; "" of what was handed out before release was asked
}

// HandOut makes a document for outsiders, has release decide that they may have it, and keeps it as it is: from then on it may be given to them. Errors:
// NotFound; Invalid without a reason, for the team, or for nobody in particular; Conflict if the label of the incident allows the audience nothing and no
// statement was written; if release does not let it go (release.Stopped tells the decision); or if a name is still found in it (release.Leaks says where):
// about both a second person can be asked.
func (s *Service) HandOut(ctx context.Context, actor identity.Actor, name string, o Order, why string) (h Handout, err error) {
	if err := actor.Authorise(OpHandOut, name); err != nil {
		return h, err
	}
	if err := o.outward(&why); err != nil {
		return h, err
	}
	doc, names, err := s.draft(ctx, actor, name, o)
	if err != nil {
		return h, err
	}
	if doc.Untold && doc.Statement == "" {
		return h, problem.New(problem.Conflict, "what incident %s says may not go to this audience: write a text for it, or relax the label if its source allows it", doc.Ref)
	}
	given, err := handedAs(doc, names)
	if err != nil {
		return h, err
	}
	err = s.o.Incidents.Work(ctx, actor, doc.ID, func(tx *sqldb.Tx, in *incident.Inside) error {
		given.Thing = id.NewAt(in.Now)
		d, err := s.o.Incidents.Hand(tx, actor, in, o.taker(), given)
		if err != nil {
			return err
		}
		h, err = s.keep(tx, actor, in, doc, o, why, given.Thing, d)
		return err
	})
	return h, err
}

// handedAs is a document as release looks through it: as it is kept, but for when it was made. Of a restricted incident, and of one whose label is too strict
// for the audience, it tells nothing but what was written for them.
func handedAs(doc Document, names leak.Names) (h incident.Handed, err error) {
	label, made := doc.Label, doc.Made
	doc.Made = time.Time{}
	text, err := json.Marshal(doc)
	doc.Made = made
	if err != nil {
		return h, problem.Wrap(problem.Internal, err, "document of %s", doc.Ref)
	}
	names.Allow(leak.Ticket, doc.Ref)
	h = incident.Handed{Kind: incident.HandedDocument, Names: &names}
	h.Content.Files = []leak.File{{Name: doc.Ref + ".json", MediaType: "application/json", Data: text}}
	if doc.Untold {
		h.Own = &label
	}
	return h, nil
}

// maxTo bounds Order.To, in bytes.
const maxTo = 200

// outward checks that an order is for outsiders.
func (o *Order) outward(why *string) error {
	*why, o.To = strings.TrimSpace(*why), strings.Join(strings.Fields(o.To), " ")
	if o.Audience != Authority || o.Organisation != "" {
		o.To = ""
	}
	switch {
	case len(o.To) > maxTo:
		return problem.New(problem.Invalid, "the name of the authority has at most %d bytes", maxTo)
	case o.Audience == Team:
		return problem.New(problem.Invalid, "the team has the incident itself: hand out to a constituent, an authority or the public")
	case o.Audience == Constituent && o.Organisation == "":
		return problem.New(problem.Invalid, "name the organisation that it is for")
	case o.Audience == Authority && o.Organisation == "" && o.To == "":
		return problem.New(problem.Invalid, "name the authority that it is for")
	case *why == "" || len(*why) > 1000:
		return problem.New(problem.Invalid, "say in at most 1000 bytes why it is handed out")
	}
	return nil
}

func (s *Service) keep(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, doc Document, o Order, why, name string, d release.Decision) (h Handout, err error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return h, problem.Wrap(problem.Internal, err, "document of %s", in.Ref)
	}
	sum := sha256.Sum256(text)
	h = Handout{ID: name, Audience: o.Audience, Label: doc.Label, At: in.Now, By: actor.ID, Digest: hex.EncodeToString(sum[:]), Decision: d.ID}
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
		"handout": h.ID, "audience": o.Audience, "organisation": o.Organisation, "label": doc.Label, "digest": h.Digest, "decision": h.Decision,
	})
}

// Handouts lists what was handed out of an incident, the latest first. Errors: NotFound.
func (s *Service) Handouts(ctx context.Context, actor identity.Actor, name string) (list []Handout, err error) {
	err = s.o.Incidents.Look(ctx, actor, OpPrint, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		list = nil
		cond, args := in.Rows("h.incident", 1)
		return tx.Each(`SELECT h.id, h.audience, h.label, h.at, h.actor, h.digest, coalesce(g.decision, '') FROM handout h LEFT JOIN handing g ON g.thing = h.id AND g.kind = 'document'
			WHERE `+cond+` ORDER BY h.at DESC, h.id DESC LIMIT 200`, args, func(scan func(...any) error) error {
			var h Handout
			var at int64
			err := scan(&h.ID, &h.Audience, &h.Label, &at, &h.By, &h.Digest, &h.Decision)
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
