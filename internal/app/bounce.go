package app

import (
	"context"
	"errors"
	"io"

	"github.com/firehall/firehall/internal/delivery/bounce"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/identity"
)

// TakeBounces acts on what came back to the return paths of our mail, one message or an mbox, and lets the other rooms react to it. See
// bounce.Handler.
func (a *App) TakeBounces(ctx context.Context, actor identity.Actor, r io.Reader) (bounce.Outcome, error) {
	if err := actor.Authorise(bounce.OpTake, "bounces"); err != nil {
		return bounce.Outcome{}, err
	}
	secret, err := a.Keys.Secret(mail.ReturnPathKey)
	if err != nil {
		return bounce.Outcome{}, err
	}
	h := bounce.Handler{DB: a.DB, Clock: a.Clock, Deliveries: a.Delivery, Secret: secret}
	out, err := h.Take(ctx, actor, r)
	return out, errors.Join(err, a.React(context.WithoutCancel(ctx)))
}
