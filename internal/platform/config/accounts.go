package config

import "net/url"

// Accounts is the section [accounts].
type Accounts struct {
	OIDCIssuer       string            `key:"oidc_issuer" default:"" doc:"The address of the provider whose word counts, such as https://id.example.org/realms/cert; it tells the rest itself. Empty: no single sign-on."`
	OIDCClientID     string            `key:"oidc_client_id" default:"" doc:"The name under which the provider knows this installation. There, the address to come back to is PUBLIC_URL/login/sso/back."`
	OIDCClientSecret string            `key:"oidc_client_secret" default:"" secret:"true" doc:"The secret that belongs to it."`
	OIDCName         string            `key:"oidc_name" default:"" doc:"What stands on the button. Empty: the issuer's host name."`
	OIDCScopes       []string          `key:"oidc_scopes" default:"email,profile" doc:"What is asked for beside openid."`
	OIDCGroups       string            `key:"oidc_groups" default:"groups" doc:"The claim that lists somebody's groups."`
	OIDCRoles        map[string]string `key:"oidc_roles" doc:"Which group has which role here. If any is named, groups decide about roles at each log-in, and who is in none of them does not get in." example:"soc-leads=manager"`
	OIDCCreate       string            `key:"oidc_create" default:"" doc:"The role of accounts that are made for whoever comes and has none. Empty: an account must be there, or be invited, with the address that the provider has verified."`
	OIDCInternal     bool              `key:"oidc_internal" default:"false" doc:"Whether the provider may be on this machine or in a private network, and plain http."`
}

// accounts checks what single values cannot tell. Which roles there are the room knows.
func (b *binder) accounts(a Accounts) {
	if a.OIDCIssuer == "" {
		return
	}
	b.address("accounts.oidc_issuer", a.OIDCIssuer, a.OIDCInternal)
	if u, err := url.Parse(a.OIDCIssuer); err == nil && (u.RawQuery != "" || u.Fragment != "") {
		b.complain("accounts.oidc_issuer", "an issuer has nothing behind its path (OpenID Connect Discovery 1.0 §2)")
	}
	if a.OIDCClientID == "" {
		b.complain("accounts.oidc_client_id", "the provider knows this installation by a name: oidc_client_id")
	}
}
