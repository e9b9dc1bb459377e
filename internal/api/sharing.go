package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/poll"
)

// tagSharing is the tag of what is shared with fellow teams.
const tagSharing = "Sharing"

type (
	// SharedObject is an object with its content.
	SharedObject struct {
		sharing.Stored
		Content json.RawMessage `json:"content" doc:"The object of STIX, as it is sent."`
	}
	// SharedObjects is a page of objects.
	SharedObjects struct {
		Items []SharedObject `json:"items" nullable:"false"`
		Next  core.Cursor    `json:"next,omitempty"`
	}
	// AsideList is a page of what was set aside.
	AsideList struct {
		Items []sharing.Aside `json:"items" nullable:"false"`
		Next  core.Cursor     `json:"next,omitempty"`
	}
	// TakenIn is what an incident that was set aside became.
	TakenIn struct {
		Report string `json:"report" doc:"The id of the report."`
	}
	collectionInput struct {
		Body sharing.Draft
	}
	collectionChangeInput struct {
		ByID
		Version int64 `query:"version" minimum:"0" doc:"Of the collection as it was read; 0: whatever it is."`
		Body    sharing.Draft
	}
	objectsInput struct {
		ByID
		Q      string `query:"q" maxLength:"1000" doc:"An id, or a value that stands in an object. None: all, the newest first."`
		Type   string `query:"type" maxLength:"250"`
		Cursor string `query:"cursor" doc:"The next of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Rows of a page."`
	}
	objectsAddInput struct {
		ByID
		Label   string `query:"label" default:"amber" enum:"clear,green,amber,amber+strict" doc:"Of objects that carry none."`
		RawBody []byte `contentType:"application/json" doc:"A bundle of STIX 2.1; one that is larger than a megabyte goes by TAXII."`
	}
	asideInput struct {
		Cursor string `query:"cursor" doc:"The next of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Rows of a page."`
	}
)

// addSharing adds collections, objects and the servers that are asked.
func (a *API) addSharing() {
	const path, one = "/collections", "/collections/{id}"
	add(a, operation{method: http.MethodGet, path: path, id: "list-collections", tag: tagSharing, summary: "List the collections that are open"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[[]sharing.Collection], error) {
			return given(a.Sharing.List(ctx, actor))
		})
	add(a, operation{method: http.MethodPost, path: path, id: "open-collection", tag: tagSharing, summary: "Open a collection", status: http.StatusCreated},
		func(ctx context.Context, actor identity.Actor, in *collectionInput) (*body[sharing.Collection], error) {
			return given(a.Sharing.Open(ctx, actor, in.Body))
		})
	add(a, operation{method: http.MethodPut, path: one, id: "change-collection", tag: tagSharing, summary: "Change a collection, but for its group"},
		func(ctx context.Context, actor identity.Actor, in *collectionChangeInput) (*body[sharing.Collection], error) {
			return given(a.Sharing.Change(ctx, actor, in.ID, in.Version, in.Body))
		})
	add(a, operation{method: http.MethodPost, path: one + "/close", id: "close-collection", tag: tagSharing, summary: "Close a collection: nobody reads it or writes to it any more"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[sharing.Collection], error) {
			return given(a.Sharing.Close(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodGet, path: one + "/objects", id: "find-objects", tag: tagSharing, summary: "Look for objects in a collection"}, a.findObjects)
	add(a, operation{
		method: http.MethodPost, path: one + "/objects", id: "add-objects", tag: tagSharing, summary: "Put objects into a collection",
		detail: "Release decides what may stand there. What cannot be taken in is set aside with its reason, and counted in the answer.",
	}, a.addObjects)
	add(a, operation{method: http.MethodGet, path: one + "/receipts", id: "list-receipts", tag: tagSharing, summary: "Who read a collection, the newest first"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[[]sharing.Receipt], error) {
			return given(a.Sharing.Receipts(ctx, actor, in.ID))
		})
	a.addShared()
	a.addGive()
	a.addKeep()
}

// addShared adds what is not of one collection.
func (a *API) addShared() {
	const path = "/sharing"
	add(a, operation{method: http.MethodGet, path: path + "/objects/{id}", id: "show-object", tag: tagSharing, summary: "All that is known of an object: versions, where it stands, what has its values, who read it"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[sharing.Whole], error) {
			return given(a.Sharing.Look(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodGet, path: path + "/aside", id: "list-set-aside-objects", tag: tagSharing, summary: "What was given and not taken in"},
		func(ctx context.Context, actor identity.Actor, in *asideInput) (*body[AsideList], error) {
			list, err := a.Sharing.SetAside(ctx, actor, core.Request{After: core.Cursor(in.Cursor), Limit: in.Limit})
			return given(AsideList{Items: list.Items, Next: list.Next}, err)
		})
	add(a, operation{method: http.MethodPost, path: path + "/aside/{id}/dismiss", id: "dismiss-set-aside-object", tag: tagSharing, summary: "Forget one thing that was set aside", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Sharing.Dismiss(ctx, actor, in.ID))
		})
	add(a, operation{
		method: http.MethodPost, path: path + "/aside/{id}/take", id: "take-in-set-aside-incident", tag: tagSharing, summary: "Make a report of an incident that was set aside", clashes: true,
		detail: "Only for one of the code many: its team had sent too many incidents that day. It becomes a report as it is now, or a message to the one that it became already.",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[TakenIn], error) {
		report, err := a.Hear.TakeIn(ctx, actor, in.ID)
		return given(TakenIn{report}, err)
	})
	add(a, operation{method: http.MethodGet, path: path + "/sources", id: "list-taxii-sources", tag: tagSharing, summary: "Whose TAXII servers are asked, and how that goes"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[[]poll.State], error) {
			return given(a.Poll.List(ctx, actor))
		})
	add(a, operation{method: http.MethodPost, path: path + "/sources/{id}/order", id: "poll-taxii-source", tag: tagSharing, summary: "Have a TAXII server asked now", status: http.StatusAccepted},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
			return done(a.Poll.Order(ctx, actor, in.ID))
		})
}

func (a *API) findObjects(ctx context.Context, actor identity.Actor, in *objectsInput) (*body[SharedObjects], error) {
	c, err := a.Sharing.Get(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := a.Sharing.Find(ctx, actor, sharing.Search{
		Text: in.Q, Type: in.Type, Collection: c.ID, Page: core.Request{After: core.Cursor(in.Cursor), Limit: in.Limit},
	})
	out := SharedObjects{Items: []SharedObject{}, Next: found.Next}
	for _, o := range found.Items {
		out.Items = append(out.Items, SharedObject{o, o.Raw})
	}
	return given(out, err)
}

func (a *API) addObjects(ctx context.Context, actor identity.Actor, in *objectsAddInput) (*body[sharing.Status], error) {
	label, err := tlp.Parse(in.Label)
	if err != nil {
		return nil, err
	}
	return given(a.Sharing.Add(ctx, actor, sharing.In{Collection: in.ID, Origin: sharing.OriginUpload, Unmarked: label, Body: bytes.NewReader(in.RawBody)}))
}
