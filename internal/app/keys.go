package app

import (
	"cmp"
	"context"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// dedupeSecret names the key for recognising rows that were seen before.
const dedupeSecret = "dedupe"

// What may be done with the keys.
const (
	OpKeysRead    identity.Operation = "keys.read"
	OpKeysWebhook identity.Operation = "keys.webhook"
)

// PublicKeys is what others must know to trust our messages. Empty parts have a reason.
type PublicKeys struct {
	PGP     *PublicPGP   `json:"pgp"`
	SMIME   *PublicSMIME `json:"smime"`
	DKIM    *DKIMRecord  `json:"dkim"`
	NoPGP   string       `json:"no_pgp,omitempty"`   // why there is none
	NoSMIME string       `json:"no_smime,omitempty"` // why there is none
	NoDKIM  string       `json:"no_dkim,omitempty"`  // why there is none
}

// PublicPGP is the team's OpenPGP key.
type PublicPGP struct {
	Fingerprint string `json:"fingerprint"`
	UserID      string `json:"user_id"`
	Public      string `json:"public_key"` // armoured
	Other       string `json:"other,omitempty"`
}

// DKIMRecord is what has to stand in the DNS.
type DKIMRecord struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
	Zone  string `json:"zone"` // the value as quoted strings
}

// PublicKeys gives the public sides of the team's keys, and makes those that are not there yet: the installation must be opened for writing.
func (a *App) PublicKeys(actor identity.Actor) (k PublicKeys, err error) {
	if err := actor.Authorise(OpKeysRead, "keys"); err != nil {
		return k, err
	}
	from := cmp.Or(a.Config.Mail.From, a.Config.Team.Email)
	if from == "" {
		k.NoPGP = "nobody knows whom messages come from: set team.email in the configuration"
		k.NoDKIM, k.NoSMIME = k.NoPGP, k.NoPGP
		return k, nil
	}
	pgp, err := a.Keys.PGP(a.Config.Team.Name, from)
	if err != nil {
		return k, err
	}
	k.PGP = &PublicPGP{Fingerprint: pgp.Fingerprint, UserID: pgp.UserID, Public: pgp.Public}
	if !strings.HasSuffix(pgp.UserID, "<"+from+">") {
		k.PGP.Other = "messages come from " + from + ", which the key does not name: it was made before that was configured"
	}
	k.SMIME, k.NoSMIME = a.publicSMIME(from)
	k.DKIM, k.NoDKIM, err = a.dkimRecord(from)
	return k, err
}

func (a *App) dkimRecord(from string) (rec *DKIMRecord, none string, err error) {
	domain := a.Config.Mail.DKIMDomain
	if strings.EqualFold(domain, "off") {
		return nil, "mail.dkim_domain is off: the relay signs", nil
	}
	if domain == "" {
		domain = from[strings.LastIndexByte(from, '@')+1:]
	}
	signer, err := a.Keys.DKIM()
	if err != nil {
		return nil, "", err
	}
	value, err := keyring.DKIMRecord(signer.Public())
	name := strings.ToLower(cmp.Or(a.Config.Mail.DKIMSelector, "firehall") + "._domainkey." + domain)
	return &DKIMRecord{Name: name, Type: "TXT", Value: value, Zone: keyring.ZoneText(value)}, "", err
}

// WebhookSecret is the secret of one contact.
type WebhookSecret struct {
	Contact      string `json:"contact"` // id
	Organisation string `json:"organisation"`
	Purpose      string `json:"purpose"`
	Secret       string `json:"secret"`
}

// WebhookSecrets gives the secrets of the contacts whose webhook has the address; that they were given out is recorded. Errors: NotFound,
// Invalid for an address that is no webhook.
func (a *App) WebhookSecrets(ctx context.Context, actor identity.Actor, address string) (out []WebhookSecret, err error) {
	if err := actor.Authorise(OpKeysWebhook, "keys"); err != nil {
		return nil, err
	}
	if channel, _, err := constituency.ParseAddress(address); err != nil || channel != constituency.Webhook {
		return nil, problem.New(problem.Invalid, "%q is no webhook: give its https address as it stands in the register", address)
	}
	contacts, err := a.Register.ContactsAt(ctx, actor, address)
	if err != nil {
		return nil, err
	}
	names, err := a.Register.Names(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, c := range contacts {
		secret, err := a.Keys.WebhookSecret(c.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, WebhookSecret{Contact: c.ID, Organisation: names[c.Organisation], Purpose: string(c.Purpose), Secret: secret})
	}
	if err := a.DB.Write(ctx, func(tx *sqldb.Tx) error { return recordSecrets(tx, a, actor, contacts) }); err != nil {
		return nil, err // what is not on record is not given out
	}
	return out, nil
}

// recordSecrets is a step of WebhookSecrets, which has authorised.
func recordSecrets(tx *sqldb.Tx, a *App, actor identity.Actor, contacts []constituency.Contact) error {
	for _, c := range contacts {
		if err := actor.Audit(tx, a.Clock.Now(), OpKeysWebhook, c.ID, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
