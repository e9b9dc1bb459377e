package constituency

import (
	"context"
	"fmt"

	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

// registry is the RDAP step. It is outside the transaction: the network is slow.
func (w *inquiry) registry(ctx context.Context, actor identity.Actor, q Question) {
	switch {
	case w.done:
		w.step(StepRDAP, w.subject(), ResultNotAsked, "not needed")
		return
	case w.held != "":
		w.step(StepRDAP, w.subject(), ResultNotAsked, w.held)
		return
	case w.register.opts.RDAP == nil:
		w.step(StepRDAP, w.subject(), ResultNotAsked, "no RDAP bootstrap file is configured")
		return
	case !q.RDAP:
		w.step(StepRDAP, w.subject(), ResultNotAsked, "not allowed here: asking a registry tells it what we look at")
		return
	}
	if why := w.mayNotAsk(ctx, actor, q.Text); why != "" {
		w.step(StepRDAP, w.subject(), ResultNotAsked, why)
		return
	}
	found, err := w.askRegistry(ctx)
	switch {
	case err != nil:
		w.step(StepRDAP, w.subject(), ResultNone, err.Error())
	case len(found.Contacts) == 0:
		w.step(StepRDAP, w.subject(), ResultNone, fmt.Sprintf("%s knows it as %s, without an abuse contact", found.Source, found.Name))
	default:
		w.done, w.answer.Told = true, found.Name
		w.step(StepRDAP, w.subject(), ResultTold, fmt.Sprintf("the abuse contact of %s, by %s", found.Name, found.Source))
		for _, c := range found.Contacts {
			w.answer.Contacts = append(w.answer.Contacts, Told{Organisation: found.Name, Channel: Mail, Address: c.Mail, Purpose: Abuse})
		}
	}
}

// mayNotAsk says why a registry may not be asked; "" if it may.
func (w *inquiry) mayNotAsk(ctx context.Context, actor identity.Actor, text string) string {
	if w.register.opts.MayAsk == nil {
		return "nobody decides here whether a registry may be asked"
	}
	allowed, reason, err := w.register.opts.MayAsk(ctx, actor, text)
	switch {
	case err != nil:
		return err.Error()
	case !allowed:
		return reason
	}
	return ""
}

func (w *inquiry) askRegistry(ctx context.Context) (rdap.Answer, error) {
	return Registered(ctx, w.register.opts.RDAP, w.asked)
}

// Registered asks a registry for the registration of what was asked: of a network, that of its first address; of a name, that of the domain that
// somebody registered. Who asks tells the registry what is looked at, and has to decide whether it may. Errors: as rdap.Client.
func Registered(ctx context.Context, client *rdap.Client, asked Asked) (rdap.Answer, error) {
	switch {
	case asked.Addr.IsValid():
		return client.Addr(ctx, asked.Addr)
	case asked.Prefix.IsValid():
		return client.Addr(ctx, asked.Prefix.Addr())
	case asked.ASN != 0:
		return client.ASN(ctx, asked.ASN)
	}
	if name := registrable(asked.Domain); name != "" {
		return client.Domain(ctx, name)
	}
	return rdap.Answer{}, problem.New(problem.NotFound, "%s is a public suffix", asked.Domain)
}

// RegistryLearns is what a registry would learn that we look at: the first address of a network, the domain that somebody registered of a name; "" if it is what
// was asked, or if there is none.
func (q Asked) RegistryLearns() string {
	if q.Prefix.IsValid() {
		return q.Prefix.Addr().String()
	}
	if name := registrable(q.Domain); name != q.Domain {
		return name
	}
	return ""
}
