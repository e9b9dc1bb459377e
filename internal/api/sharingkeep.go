package api

import (
	"context"
	"net/http"

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
	// Replayed says how much was handed on.
	Replayed struct {
		Objects int `json:"objects"`
	}
)

// byPerson is said of what no token may do.
const byPerson = "No token may do it: a person decides, with a session."

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
		return given(a.ExpireShared(ctx, actor, true))
	})
	add(a, operation{
		method: http.MethodPost, path: path + "/expiry", id: "erase-expired-objects", long: true, tag: tagSharing, summary: "Erase now what the daily job would erase",
		detail: "What is begun is done to its end, also when nobody waits for the answer. " + byPerson,
	}, func(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[sharing.Expired], error) {
		return given(a.ExpireShared(context.WithoutCancel(ctx), actor, false))
	})
	a.addErasure()
}

// addErasure adds what erases what a team gave, and what hands on what came before.
func (a *API) addErasure() {
	const path = "/sharing/organisations/{id}/objects"
	add(a, operation{
		method: http.MethodGet, path: path + "/erasure", id: "count-given-objects", tag: tagSharing, summary: "What would be erased of what an organisation gave, if it asked for it",
		detail: "All that it gave, or one object of it, and what stays and why.",
	}, func(ctx context.Context, actor identity.Actor, in *eraseTestInput) (*body[sharing.Expired], error) {
		return given(a.Sharing.TakeBack(ctx, actor, in.ID, in.Object, "", true))
	})
	add(a, operation{
		method: http.MethodPost, path: path + "/erasure", id: "erase-given-objects", long: true, tag: tagSharing, summary: "Erase what an organisation gave, since it asks for it",
		detail: "What somebody keeps, or an open report or incident needs, stays and is counted. What is begun is done to its end, also when nobody waits for the answer. " + byPerson,
	}, func(ctx context.Context, actor identity.Actor, in *eraseInput) (*body[sharing.Expired], error) {
		return given(a.Sharing.TakeBack(context.WithoutCancel(ctx), actor, in.ID, in.Body.Object, in.Body.Reason, false))
	})
	add(a, operation{
		method: http.MethodPost, path: "/sharing/replay", id: "replay-shared-objects", long: true, tag: tagSharing, summary: "Hand on, once, what fellow teams gave before their objects became events and reports",
		detail: "A second time does nothing. Incidents beyond what one team may send in a day are set aside, and can be taken in from there.",
	}, func(ctx context.Context, actor identity.Actor, _ *struct{}) (*body[Replayed], error) {
		n, err := a.Hear.Replay(context.WithoutCancel(ctx), actor)
		return given(Replayed{n}, err)
	})
}
