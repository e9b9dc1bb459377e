package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing"
)

type (
	keepInput struct {
		ByID
		Body Because
	}
	eraseTestInput struct {
		ByID
		Object string `query:"object" maxLength:"300" doc:"The id of one object; none: all of theirs."`
	}
	eraseInput struct {
		ByID
		Body struct {
			Because
			Object string `json:"object,omitempty" maxLength:"300" doc:"The id of one object; none: all of theirs."`
		}
	}
	// Ordered is a job that was ordered.
	Ordered struct {
		Job string `json:"job"`
		URL string `json:"url" doc:"Ask there how far it is."`
	}
	ordered struct {
		Location string `header:"Location" doc:"Where to ask how far it is."`
		Body     Ordered
	}
)

// byPerson is said of what no token may do.
const byPerson = "No token may do it: a person decides, with a session."

// whileYouWait is said of what a job does.
const whileYouWait = "A job does it, and goes on where it was if it is cut off; ask at the url of the answer how far it is, and what came of it. Ordered again while that goes on, it is the same job. "

// order answers with a job that was ordered.
func order(job string, err error) (*ordered, error) {
	at := Root + ordersPath + "/" + url.PathEscape(job)
	return &ordered{at, Ordered{job, at}}, err
}

const ordersPath = "/sharing/orders"

// addKeep adds what ends what is shared, and what has it stay.
func (a *API) addKeep() {
	const path = "/sharing"
	add(a, operation{method: http.MethodGet, path: path + "/kept", id: "list-kept-objects", tag: tagSharing, summary: "Which objects stay though their time is over, since when, by whom and why"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[[]sharing.Kept], error) {
			list, err := a.Sharing.KeptObjects(ctx, actor)
			return given(append([]sharing.Kept{}, list...), err)
		})
	add(a, operation{
		method: http.MethodPost, path: path + "/objects/{id}/keep", id: "keep-object", tag: tagSharing, summary: "Have an object stay, as for a court", status: http.StatusNoContent,
		detail: "It stays whatever its time is and whoever takes it back, until somebody lets it go. " + byPerson,
	}, func(ctx context.Context, actor identity.Actor, in *keepInput) (*none, error) {
		return done(a.Sharing.Keep(ctx, actor, in.ID, in.Body.Reason))
	})
	add(a, operation{
		method: http.MethodPost, path: path + "/objects/{id}/let-go", id: "let-object-go", tag: tagSharing, summary: "End that an object is kept", status: http.StatusNoContent,
		detail: "From then on its time counts again. " + byPerson,
	}, func(ctx context.Context, actor identity.Actor, in *keepInput) (*none, error) {
		return done(a.Sharing.LetGo(ctx, actor, in.ID, in.Body.Reason))
	})
	add(a, operation{
		method: http.MethodGet, path: path + "/expiry", id: "count-expired-objects", tag: tagSharing, summary: "What of the shared objects would be erased now since its time is over, and what stays and why",
		detail: "The job that does it comes once a day. An object for which two reasons hold counts in both.",
	}, func(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[sharing.Expired], error) {
		return given(a.Orders.Due(ctx, actor))
	})
	add(a, operation{
		method: http.MethodPost, path: path + "/expiry", id: "erase-expired-objects", status: http.StatusAccepted, tag: tagSharing, summary: "Erase now what the daily job would erase",
		detail: whileYouWait + byPerson,
	}, func(ctx context.Context, actor identity.Actor, _ *struct{}) (*ordered, error) {
		return order(a.Orders.Expire(ctx, actor))
	})
	a.addErasure()
	a.addOrders()
}

// addErasure adds what erases what a team gave, and what hands on what came before.
func (a *API) addErasure() {
	const path = "/sharing/organisations/{id}/objects"
	add(a, operation{
		method: http.MethodGet, path: path + "/erasure", id: "count-given-objects", tag: tagSharing, summary: "What would be erased of what an organisation gave, if it asked for it",
		detail: "All that it gave, or one object of it, and what stays and why.",
	}, func(ctx context.Context, actor identity.Actor, in *eraseTestInput) (*body[sharing.Expired], error) {
		return given(a.Sharing.TakeBack(ctx, actor, in.ID, in.Object, "", true, nil))
	})
	add(a, operation{
		method: http.MethodPost, path: path + "/erasure", id: "erase-given-objects", status: http.StatusAccepted, tag: tagSharing, summary: "Erase what an organisation gave, since it asks for it",
		detail: "What somebody keeps, or an open report or incident needs, stays and is counted. " + whileYouWait + byPerson,
	}, func(ctx context.Context, actor identity.Actor, in *eraseInput) (*ordered, error) {
		return order(a.Orders.Erase(ctx, actor, in.ID, in.Body.Object, in.Body.Reason))
	})
	add(a, operation{
		method: http.MethodPost, path: "/sharing/replay", id: "replay-shared-objects", status: http.StatusAccepted, tag: tagSharing, summary: "Hand on, once, what fellow teams gave before their objects became events and reports",
		detail: "A second time does nothing. Incidents beyond what one team may send in a day are set aside, and can be taken in from there. " + whileYouWait,
	}, func(ctx context.Context, actor identity.Actor, _ *struct{}) (*ordered, error) {
		return order(a.Orders.HandOn(ctx, actor))
	})
}

// addOrders adds what tells how far such jobs are.
func (a *API) addOrders() {
	add(a, operation{
		method: http.MethodGet, path: ordersPath, id: "list-sharing-orders", tag: tagSharing, summary: "What was ordered lately to be erased or handed on, and how far that is",
		detail: "The latest twenty, the newest first; what was ordered is known for 90 days.",
	}, func(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[[]sharing.Order], error) {
		list, err := a.Orders.Latest(ctx, actor)
		return given(append([]sharing.Order{}, list...), err)
	})
	add(a, operation{
		method: http.MethodGet, path: ordersPath + "/{id}", id: "show-sharing-order", tag: tagSharing, summary: "How far something is that was ordered to be erased or handed on, and what came of it",
		detail: "By the id of its job. Its state is waiting, running, done, dead (it failed, and a person has to look at its job) or discarded.",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[sharing.Order], error) {
		return given(a.Orders.Order(ctx, actor, in.ID))
	})
}
