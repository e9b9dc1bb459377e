package main

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
)

type keysCmd struct {
	Show    keysShowCmd    `cmd:"" default:"withargs" help:"What others must know to trust your messages: the OpenPGP key, the S/MIME certificate and the DKIM record."`
	Webhook keysWebhookCmd `cmd:"" help:"The secret that messages to a webhook are signed with. That it was given out is recorded."`
}

type keysShowCmd struct {
	PGP   bool `name:"pgp" help:"Print the public OpenPGP key and nothing else."`
	SMIME bool `name:"smime" help:"Print the S/MIME certificate and nothing else." xor:"how"`
	JSON  bool `help:"Print JSON." xor:"how"`
}

// Run prints the public keys; those that are not there yet are made.
func (c *keysShowCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	k, err := a.PublicKeys(actor)
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(k)
	case c.PGP && k.PGP == nil:
		return problem.New(problem.NotFound, "there is no OpenPGP key: %s", k.NoPGP)
	case c.PGP:
		s.printf("%s\n", k.PGP.Public)
	case c.SMIME && k.SMIME == nil:
		return problem.New(problem.NotFound, "there is no S/MIME certificate: %s", k.NoSMIME)
	case c.SMIME:
		s.printf("%s", k.SMIME.Certificate)
	default:
		s.tellKeys(k)
	}
	return nil
}

func (s *session) tellKeys(k app.PublicKeys) {
	if k.PGP == nil {
		s.printf("OpenPGP  none: %s\n", k.NoPGP)
	} else {
		s.printf("OpenPGP  %s\n         %s\n", k.PGP.Fingerprint, render.Clean(k.PGP.UserID, 200))
		if k.PGP.Other != "" {
			s.printf("         %s\n", render.Clean(k.PGP.Other, 300))
		}
		s.printf("         Publish it: %s\n", s.command("keys", "--pgp"))
	}
	s.tellSMIME(k)
	if k.DKIM == nil {
		s.printf("DKIM     none: %s\n", k.NoDKIM)
		return
	}
	s.printf("DKIM     Put this into the DNS; until it is there, signatures count for nothing:\n         %s. IN TXT ( %s )\n", k.DKIM.Name, k.DKIM.Zone)
}

func (s *session) tellSMIME(k app.PublicKeys) {
	c := k.SMIME
	if c == nil {
		s.printf("S/MIME   none: %s\n", render.Clean(k.NoSMIME, 300))
		return
	}
	until := ""
	if c.Expires != nil {
		until = ", until " + c.Expires.Format(time.DateOnly)
	}
	s.printf("S/MIME   %s\n         %s%s\n", c.Fingerprint, render.Clean(strings.Join(c.Addresses, ", "), 200), until)
	if c.Other != "" {
		s.printf("         %s\n", render.Clean(c.Other, 300))
	}
	s.printf("         Give it to those who write to you so: %s\n", s.command("keys", "--smime"))
}

type keysWebhookCmd struct {
	JSON    bool   `help:"Print JSON."`
	Address string `arg:"" help:"The webhook's address, as it stands in the register."`
}

// Run prints the secret of each contact that has the webhook.
func (c *keysWebhookCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.WebhookSecrets(s.ctx, actor, c.Address)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(list)
	}
	for _, w := range list {
		s.printf("%s  %s (%s)\n", w.Secret, render.Clean(w.Organisation, 100), w.Purpose)
	}
	return nil
}
