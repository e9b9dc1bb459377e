package app

import (
	"cmp"
	"strings"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/web/finder"
)

// aboutTeam is what /rfc2350 says, from the configuration, and with the key that there is by now.
func (a *App) aboutTeam() finder.About {
	c, t, base := a.Config.RFC2350, a.Config.Team, BaseURL(a.Config.Serve)
	about := finder.About{
		Version: c.Version, Updated: c.Updated, Distribution: c.Distribution, Where: base + "/rfc2350", Fax: c.Fax, Other: c.Other, Name: t.Name, FullName: c.FullName, Established: c.Established, Address: c.Address,
		Zone: t.TimeZone, Phone: c.Phone, Emergency: cmp.Or(c.Emergency, a.Config.Reports.OnCallPhone), Email: t.Email, Hours: c.Hours, Members: c.Members,
		Mission: c.Mission, Constituency: cmp.Or(c.Constituency, strings.Join(a.Config.Directory.Patch, ", ")), Sponsor: c.Sponsor, Authority: c.Authority,
		Support: c.Support, Cooperation: c.Cooperation, Services: c.Services, Disclaimers: c.Disclaimer,
		Communication: "Information is labelled by the Traffic Light Protocol, version 2.0 of FIRST.",
	}
	if a.Config.Form.Enabled {
		about.Reporting = base + "/report"
	}
	if key, ok := a.teamKey(); ok {
		about.Key, about.KeyURL = key.Fingerprint, keyURL(base, t.Email)
		about.Signed = "Signed with the team's OpenPGP key: " + base + "/rfc2350.txt"
	}
	return about
}

// teamKey is the team's OpenPGP key; none is made for whoever looks at a page.
func (a *App) teamKey() (keyring.PGP, bool) {
	if a.Config.Team.Email == "" || !a.Keys.HasPGP() {
		return keyring.PGP{}, false
	}
	key, err := a.Keys.PGP(a.Config.Team.Name, a.Config.Team.Email)
	return key, err == nil
}

// keyURL is where the key of a mailbox is, by the direct way of a web key directory.
func keyURL(base, address string) string {
	local, _, ok := strings.Cut(address, "@")
	if !ok {
		return ""
	}
	return base + "/.well-known/openpgpkey/hu/" + finder.KeyName(local) + "?l=" + strings.ToLower(local)
}

// publishedKey is the key of a mailbox by the name that a web key directory has for it. There is one key: the team's.
func (a *App) publishedKey(domain, hash string) ([]byte, error) {
	key, ok := a.teamKey()
	local, at, _ := strings.Cut(a.Config.Team.Email, "@")
	if !ok || finder.KeyName(local) != hash || domain != "" && !strings.EqualFold(domain, at) {
		return nil, problem.New(problem.NotFound, "there is no such key")
	}
	public, err := crypto.NewKeyFromArmored(key.Public)
	if err != nil {
		return nil, err
	}
	return public.GetPublicKey()
}

// securityFile is what security.txt says, from the configuration.
func (a *App) securityFile() finder.SecurityFile {
	c, base := a.Config.SecurityTxt, BaseURL(a.Config.Serve)
	f := finder.SecurityFile{
		Contact: c.Contact, Languages: c.Languages, Policy: c.Policy, Acknowledgments: c.Acknowledgments, Hiring: c.Hiring, For: c.Expires,
	}
	if len(f.Contact) == 0 && a.Config.Team.Email != "" {
		f.Contact = append(f.Contact, "mailto:"+a.Config.Team.Email)
	}
	if !strings.HasPrefix(base, "https://") { // RFC 9116 allows no other links
		return f
	}
	f.Canonical = base + "/.well-known/security.txt"
	if len(c.Contact) == 0 && a.Config.Form.Enabled {
		f.Contact = append(f.Contact, base+"/report")
	}
	if _, ok := a.teamKey(); ok {
		f.Encryption = keyURL(base, a.Config.Team.Email)
	}
	return f
}

// signedFile gives security.txt as it is now, signed.
func (a *App) signedFile(now time.Time) (string, error) {
	return a.signClear(a.securityFile().Text(now))
}

// signClear signs a text in clear text with the team's key (RFC 9116, section 2.3). Without a key it stays as it is.
func (a *App) signClear(text string) (string, error) {
	key, ok := a.teamKey()
	if !ok {
		return text, nil
	}
	signer, err := crypto.PGP().Sign().SigningKey(key.Key).New()
	if err != nil {
		return "", err
	}
	signed, err := signer.SignCleartext([]byte(text))
	return string(signed), err
}
