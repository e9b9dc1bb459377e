package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/give"
)

type (
	// DraftObject is an object of a draft with its content.
	DraftObject struct {
		give.Object
		Content json.RawMessage `json:"content" doc:"The object of STIX, as it would be sent."`
	}
	// SharedDraft is what would stand in a collection.
	SharedDraft struct {
		give.Draft
		Objects []DraftObject `json:"objects" nullable:"false"`
		Goes    bool          `json:"goes" doc:"Whether it may be put as it is."`
	}
	draftSharedInput struct {
		ByID
		Item string `query:"item" required:"true" maxLength:"100" doc:"The id or number of an incident, or the id of a finding."`
	}
	putSharedInput struct {
		ByID
		Body struct {
			Item  string `json:"item" minLength:"1" maxLength:"100" doc:"The id or number of an incident, or the id of a finding."`
			Stamp string `json:"stamp,omitempty" maxLength:"64" doc:"Of the draft that was looked at; none: whatever it is now."`
		}
	}
	takeOutInput struct {
		ByID
		Body struct {
			Item   string `json:"item" minLength:"1" maxLength:"100"`
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	}
	eventBundleInput struct {
		QueryText
		Limit int `query:"limit" minimum:"1" maximum:"5000" default:"1000" doc:"The newest so many."`
	}
	// Withdrawn says how many objects were taken out.
	Withdrawn struct {
		Objects int `json:"objects"`
	}
	stixOutput struct {
		Label       string `header:"X-TLP" doc:"The strictest label in it."`
		More        string `header:"X-More" doc:"true if the query means more events than are in it."`
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
)

// addGive adds what puts the team's own things into collections.
func (a *API) addGive() {
	const one = "/collections/{id}"
	add(a, operation{
		method: http.MethodGet, path: one + "/draft", id: "draft-shared-item", tag: tagSharing, summary: "What would stand in a collection if an incident or a finding were put there",
		detail: "Nothing is recorded and nothing goes. The stamp says what was seen.",
	}, a.draftShared)
	add(a, operation{
		method: http.MethodPost, path: one + "/items", id: "put-shared-item", tag: tagSharing, summary: "Put an incident or a finding into a collection",
		detail: "Release decides for the group of the collection, and a copy for others is sanitised and looked through. Putting it again gives new versions of what has changed.",
	}, func(ctx context.Context, actor identity.Actor, in *putSharedInput) (*body[sharing.Status], error) {
		return given(a.Give.Put(ctx, actor, in.Body.Item, in.ID, in.Body.Stamp))
	})
	add(a, operation{
		method: http.MethodPost, path: one + "/withdraw", id: "withdraw-shared-item", tag: tagSharing, summary: "Take an incident or a finding out of a collection",
		detail: "Who read it has it still: the holders of the item say who.",
	}, func(ctx context.Context, actor identity.Actor, in *takeOutInput) (*body[Withdrawn], error) {
		n, err := a.Give.Withdraw(ctx, actor, in.Body.Item, in.ID, in.Body.Reason)
		return given(Withdrawn{n}, err)
	})
	add(a, operation{
		method: http.MethodGet, path: "/events/stix", id: "events-stix", tag: tagEvents, summary: "The newest events of a query as a bundle of STIX 2.1, for the team itself",
		detail: "Each is an observed-data object with its observables; where the machine observed does harm there are its indicator and a sighting. The same event is the same objects each time. A token needs the scopes events:read and sharing:read.",
	}, a.eventBundle)
	for _, k := range []struct{ path, id, what string }{{"/incidents/{id}/stix", "incident-stix", "An incident"}, {"/findings/{id}/stix", "finding-stix", "A finding"}} {
		add(a, operation{method: http.MethodGet, path: k.path, id: k.id, tag: tagSharing, summary: k.what + " as a bundle of STIX 2.1, whole, for the team itself"}, a.bundle)
	}
}

func (a *API) draftShared(ctx context.Context, actor identity.Actor, in *draftSharedInput) (*body[SharedDraft], error) {
	d, err := a.Give.Draft(ctx, actor, in.Item, in.ID)
	out := SharedDraft{Draft: d, Objects: []DraftObject{}, Goes: d.Goes()}
	for _, o := range d.Objects {
		out.Objects = append(out.Objects, DraftObject{o, o.Raw})
	}
	return given(out, err)
}

func (a *API) bundle(ctx context.Context, actor identity.Actor, in *ByID) (*stixOutput, error) {
	b, err := a.Give.Bundle(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	return written(&b)
}

func written(b *give.Bundle) (*stixOutput, error) {
	var out bytes.Buffer
	err := b.Write(&out)
	return &stixOutput{Label: b.Label.String(), ContentType: give.MediaType, Body: out.Bytes()}, err
}

func (a *API) eventBundle(ctx context.Context, actor identity.Actor, in *eventBundleInput) (*stixOutput, error) {
	e, err := a.Give.Events(ctx, actor, in.Q, in.Limit)
	if err != nil {
		return nil, err
	}
	out, err := written(&e.Bundle)
	if out.More = "false"; e.More {
		out.More = "true"
	}
	return out, err
}
