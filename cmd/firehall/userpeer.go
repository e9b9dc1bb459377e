package main

import (
	"encoding/json"
	"fmt"

	"github.com/firehall/firehall/internal/api/taxii"
	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	apitoken "github.com/firehall/firehall/internal/identity/token"
)

// registered finds an organisation of the register by its id or name; "" stays "".
func (s *session) registered(a *app.App, actor identity.Actor, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	return a.Registered(s.ctx, actor, text)
}

// peerToken makes the token by which a peer's programs come in, and prints it: it stands alone on standard output.
func (s *session) peerToken(a *app.App, actor identity.Actor, who account.Account, asJSON bool) error {
	scopes := []identity.Scope{identity.SharingRead, identity.SharingWrite}
	text, tok, err := a.Programs.Make(s.ctx, actor, apitoken.Draft{Name: "TAXII of " + who.Login, Scopes: scopes, For: who.ID, Expires: who.Expires})
	if err != nil {
		return err
	}
	address := app.BaseURL(a.Config.Serve) + taxii.Root
	if asJSON {
		return json.NewEncoder(s.out).Encode(map[string]any{"account": who, "token": text, "id": tok.ID, "taxii": address})
	}
	s.printf("%s\n", text)
	_, _ = fmt.Fprintf(s.err, "This is shown once. %s reads and gives what its sharing groups share, at %s, with this token: as Bearer, or as the password of Basic with the name %s.\nIt is ended by %s, or with the account by %s\n",
		who.Login, address, who.Login, s.command("token", "revoke", tok.ID), s.command("user", "disable", who.Login, "--reason", "WHY"))
	return nil
}
