package sso

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/firehall/firehall/internal/core/problem"
)

// person is whom the provider vouches for.
type person struct {
	issuer, subject string
	email           string // verified, or empty
	name, login     string
	groups          []string
	proved          time.Time // when they last proved who they are; zero if the provider does not say
}

// claims are those of an ID token that we look at (OpenID Connect Core 1.0 §5.1).
type claims struct {
	Email    string  `json:"email"`
	Verified boolean `json:"email_verified"`
	Name     string  `json:"name"`
	Login    string  `json:"preferred_username"`
	Party    string  `json:"azp"`
	Proved   float64 `json:"auth_time"` // seconds
}

// boolean is true or "true": providers write both.
type boolean bool

// UnmarshalJSON reads one; anything else is false.
func (b *boolean) UnmarshalJSON(text []byte) error {
	*b = boolean(string(text) == "true" || string(text) == `"true"`)
	return nil
}

// exchange gets the ID token for a code, and reads it.
func (d *Door) exchange(ctx context.Context, v visit, code string) (person, error) {
	p, err := d.provider(ctx)
	if err != nil {
		return person{}, err
	}
	config := d.oauth(p, v.Origin)
	token, err := config.Exchange(d.context(ctx), code, oauth2.VerifierOption(v.Verifier))
	if err != nil {
		return person{}, d.failed(ctx, err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: d.ClientID, Now: d.Clock.Now}).Verify(d.context(ctx), raw)
	if err != nil {
		d.Log.WarnContext(ctx, "an ID token does not count", "error", err)
		return person{}, refusal(Strange)
	}
	return d.read(id, v)
}

// failed sorts why there is no token: a code that does not count is the visitor's matter, all else the provider's.
func (d *Door) failed(ctx context.Context, err error) error {
	d.Log.WarnContext(ctx, "the single sign-on gave no token", "error", err)
	var said *oauth2.RetrieveError
	if errors.As(err, &said) && said.ErrorCode == "invalid_grant" {
		return refusal(Strange)
	}
	return problem.New(problem.Unavailable, "the single sign-on at %s gave no token", d.Issuer)
}

// read takes from an ID token what we look at.
func (d *Door) read(id *oidc.IDToken, v visit) (person, error) {
	var c claims
	if err := id.Claims(&c); err != nil || id.Nonce != v.Nonce || id.Subject == "" {
		return person{}, refusal(Strange)
	}
	if len(id.Audience) > 1 && c.Party != d.ClientID { // OpenID Connect Core 1.0 §3.1.3.7, 4 and 5
		return person{}, refusal(Strange)
	}
	who := person{issuer: id.Issuer, subject: id.Subject, name: c.Name, login: c.Login, groups: d.groups(id)}
	if c.Proved > 0 && c.Proved <= float64(d.Clock.Now().Add(clocksDiffer).Unix()) {
		who.proved = time.Unix(int64(c.Proved), 0)
	}
	if c.Verified {
		who.email = c.Email
	}
	return who, nil
}

// groups reads the claim that lists groups: a list of texts, or one.
func (d *Door) groups(id *oidc.IDToken) []string {
	var all map[string]json.RawMessage
	if d.Groups == "" || id.Claims(&all) != nil {
		return nil
	}
	var list []string
	if json.Unmarshal(all[d.Groups], &list) == nil {
		return list
	}
	var one string
	if json.Unmarshal(all[d.Groups], &one) == nil && one != "" {
		return []string{one}
	}
	return nil
}
