package browser_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// somebody is a person with an authenticator in their computer.
type somebody struct {
	*testing.T
	*browser.Browser
	base string // where passkeys are possible: by the name localhost
}

func newSomebody(t *testing.T, s *station.Station) *somebody {
	t.Helper()
	b := browser.Open(t, s, browser.Wide, false)
	_, err := chromedp.Call(b.Context(), webauthn.Enable, webauthn.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(b.Context(), webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return &somebody{t, b, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
}

// open goes to a path.
func (p *somebody) open(path string) {
	p.Helper()
	p.Do(chromedp.Navigate(p.base + path))
	p.Until(browser.Stands)
}

// press presses a part's passkey button and waits for the page that it leads to.
func (p *somebody) press(to string) {
	p.Helper()
	p.Until(browser.Stands + ` && !document.querySelector("[data-passkey] [data-with-script]").hidden`)
	p.Do(chromedp.Click(chromedp.CSS("[data-passkey] button")))
	p.Until(browser.Stands + ` && location.pathname === "` + to + `"`)
}

// Somebody is invited, makes a passkey by Chromium's own authenticator, logs out and in by it, and proves again who they are.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	_, i, err := s.App.Accounts.Add(t.Context(), s.Actor, account.Draft{Login: "ada", Name: "Ada", Roles: []identity.Role{identity.Manager}})
	if err != nil {
		t.Fatal(err)
	}
	p := newSomebody(t, s)
	p.open(account.InvitationPath + "?" + url.Values{account.InvitationParam: {i.Token}}.Encode())
	p.Axe()
	p.Do(chromedp.SendKeys(chromedp.CSS("#passkey-name"), "blue key"))
	p.press("/account")
	if text := p.Text("#passkeys"); !strings.Contains(text, "blue key") {
		t.Errorf("the passkey is not listed: %s", text)
	}
	p.Do(chromedp.Click(chromedp.CSS(`form[action="/logout"] button`)))
	p.Until(browser.Stands + ` && location.pathname === "/login"`)
	p.press("/")
	if text := p.Text(".who-name"); text != "Ada" {
		t.Errorf("%q is in", text)
	}
	p.open("/login/again?next=/people/roles")
	p.press("/people/roles")
	p.NoErrors()
}
