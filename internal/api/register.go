package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
)

type organisationsInput struct {
	Paged
	Text        string `query:"q" maxLength:"200" doc:"Part of a name."`
	Kind        string `query:"kind" maxLength:"40"`
	Criticality string `query:"criticality" maxLength:"40"`
	Sort        string `query:"sort" maxLength:"40" doc:"A key of the list, - before it for descending."`
}

// Network is something that an organisation owns.
type Network struct {
	ID         string     `json:"id"`
	Rule       string     `json:"rule" doc:"prefix, asn, domain or country"`
	Value      string     `json:"value"`
	From       *time.Time `json:"from,omitempty"`
	Until      *time.Time `json:"until,omitempty"`
	ApprovedBy string     `json:"approved_by,omitempty"`
	InForce    bool       `json:"in_force"`
	Findings   int64      `json:"findings" doc:"That stand within it."`
	Version    int64      `json:"version"`
}

// Contact is where an organisation can be reached.
type Contact struct {
	ID          string     `json:"id"`
	Channel     string     `json:"channel"`
	Address     string     `json:"address"`
	Purpose     string     `json:"purpose"`
	Language    string     `json:"language,omitempty"`
	Fingerprint string     `json:"key_fingerprint,omitempty"`
	KeyExpires  *time.Time `json:"key_expires,omitempty"`
	Encryption  string     `json:"encryption,omitempty"`
	Health      string     `json:"health"`
	Version     int64      `json:"version"`
}

// Organisation is all that the register says of one.
type Organisation struct {
	desk.OrganisationView
	Children []string  `json:"children" nullable:"false" doc:"Names of the organisations beneath it."`
	Networks []Network `json:"network_list" nullable:"false"`
	Contacts []Contact `json:"contact_list" nullable:"false"`
}

type (
	importInput struct {
		Format  string `query:"format" enum:"csv,yaml" default:"csv"`
		Name    string `query:"name" maxLength:"200" doc:"What the file is called, for the record."`
		RawBody []byte `contentType:"application/octet-stream"`
	}
	checkInput struct {
		Severity string `query:"severity" enum:"error,warning," doc:"Only these."`
	}
)

func (a *API) addOrganisations() {
	add(a, operation{method: http.MethodGet, path: "/organisations", id: "list-organisations", tag: tagRegister, summary: "List organisations"}, a.organisations)
	add(a, operation{
		method: http.MethodGet, path: "/organisations/{id}", id: "get-organisation", tag: tagRegister, summary: "One organisation with its networks and contacts",
	}, a.organisation)
	add(a, operation{method: http.MethodGet, path: "/register/check", id: "check-register", tag: tagRegister, summary: "What is wrong in the register, and what to do"}, a.check)
	add(a, operation{
		method: http.MethodPost, path: "/register/imports", id: "put-import", tag: tagRegister, summary: "Show what a file would change", status: http.StatusCreated,
		detail: "The file waits until it is applied or forgotten. Nothing is changed yet. Larger files are looked at by a job: ask for the import to see how far it is.",
	}, a.putImport)
	add(a, operation{method: http.MethodGet, path: "/register/imports/{id}", id: "get-import", tag: tagRegister, summary: "A file that waits, and what it would change"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[desk.Upload], error) {
			return given(a.Imports.Get(ctx, actor, in.ID))
		})
	add(a, operation{
		method: http.MethodPost, path: "/register/imports/{id}/apply", id: "apply-import", tag: tagRegister, summary: "Change the register exactly as was shown",
		detail: "409 if the register changed since: put the file again.",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[desk.Upload], error) {
		return given(a.Imports.Apply(ctx, actor, in.ID))
	})
	add(a, operation{method: http.MethodDelete, path: "/register/imports/{id}", id: "discard-import", tag: tagRegister, summary: "Forget a file that waits", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Imports.Discard(ctx, actor, in.ID))
		})
}

func (a *API) organisations(ctx context.Context, actor identity.Actor, in *organisationsInput) (*rows[desk.OrganisationView], error) {
	p, err := a.Desk.Organisations(ctx, actor, desk.OrganisationQuery{
		Filter: constituency.Filter{Text: in.Text, Kind: constituency.Kind(in.Kind), Criticality: constituency.Criticality(in.Criticality)},
		Sort:   in.Sort, Request: in.request(),
	})
	if err != nil {
		return nil, err
	}
	return list(&in.Paged, p.Items, string(p.Next)), nil
}

func (a *API) organisation(ctx context.Context, actor identity.Actor, in *ByID) (*body[Organisation], error) {
	o, err := a.Desk.AboutOrganisation(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	out := Organisation{OrganisationView: o.OrganisationView, Children: []string{}, Networks: []Network{}, Contacts: []Contact{}}
	for _, c := range o.Children {
		out.Children = append(out.Children, c.Name)
	}
	for _, n := range o.Networks {
		out.Networks = append(out.Networks, Network{
			ID: n.ID, Rule: string(n.Rule), Value: n.Value, From: instant(n.From), Until: instant(n.Until), ApprovedBy: n.ApprovedBy,
			InForce: n.InForce, Findings: n.Findings, Version: n.Version,
		})
	}
	for _, c := range o.Contacts {
		out.Contacts = append(out.Contacts, Contact{
			ID: c.ID, Channel: string(c.Channel), Address: c.Address, Purpose: string(c.Purpose), Language: c.Language, Fingerprint: c.KeyFingerprint,
			KeyExpires: instant(c.KeyExpires), Encryption: c.Encryption, Health: string(c.Health), Version: c.Version,
		})
	}
	return &body[Organisation]{out}, nil
}

func (a *API) check(ctx context.Context, actor identity.Actor, in *checkInput) (*all[constituency.Finding], error) {
	found, err := a.Register.Check(ctx, actor, constituency.CheckOptions{})
	var out []constituency.Finding
	for _, f := range found {
		if in.Severity == "" || string(f.Severity) == in.Severity {
			out = append(out, f)
		}
	}
	return whole(out), err
}

func (a *API) putImport(ctx context.Context, actor identity.Actor, in *importInput) (*body[desk.Upload], error) {
	return given(a.Imports.Put(ctx, actor, in.Name, constituency.Format(in.Format), strings.NewReader(string(in.RawBody))))
}
