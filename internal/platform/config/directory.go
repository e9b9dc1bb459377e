package config

import (
	"net/url"
	"strings"
	"time"
)

// Directory is the section [directory].
type Directory struct {
	Public  bool          `key:"public" default:"true" doc:"Whether anybody may ask at /teams which team is there for a country, a network or a name. It shows what teams agreed to have shown."`
	Patch   []string      `key:"patch" doc:"What is yours to handle, as everybody may know it: country:FI, AS64500, example.org, 203.0.113.0/24. At /teams it leads to you."`
	Global  []string      `key:"global" doc:"Names of organisations in the register to whom /teams leads where neither a team nor an authority of the country is known."`
	Confirm time.Duration `key:"confirm" default:"180d" doc:"After how long a team is asked, by a mailed link, whether its entry is still right. 0: never."`
}

// RFC2350 is the section [rfc2350].
type RFC2350 struct {
	Enabled      bool   `key:"enabled" default:"true" doc:"Whether /rfc2350 describes the team, as RFC 2350 wants it, as soon as the team has a name."`
	Version      string `key:"version" default:"1.0" doc:"The document's version."`
	Updated      string `key:"updated" default:"" doc:"The day on which you changed it last, such as 2026-11-22."`
	Distribution string `key:"distribution" default:"" doc:"Who is told when the document changes, such as a mailing list."`
	FullName     string `key:"full_name" default:"" doc:"The team's whole name, beside team.name."`
	Established  string `key:"established" default:"" doc:"When the team was founded."`
	Address      string `key:"address" default:"" doc:"Its postal address; a line break is written \\n."`
	Phone        string `key:"phone" default:"" doc:"Its telephone."`
	Fax          string `key:"fax" default:"" doc:"Its fax, if it still has one."`
	Emergency    string `key:"emergency" default:"" doc:"Its telephone for emergencies."`
	Hours        string `key:"hours" default:"" doc:"When it works."`
	Members      string `key:"members" default:"" doc:"Who its people are, as far as you tell it."`
	Other        string `key:"other" default:"" doc:"What else others should know of it: its pages, its memberships."`
	Mission      string `key:"mission" default:"" doc:"What it is for."`
	Constituency string `key:"constituency" default:"" doc:"Whom it serves."`
	Sponsor      string `key:"sponsor" default:"" doc:"Of whom it is a part, or who pays for it."`
	Authority    string `key:"authority" default:"" doc:"By what right it acts."`
	Support      string `key:"support" default:"" doc:"Which incidents it takes on, and what it does about each."`
	Cooperation  string `key:"cooperation" default:"" doc:"With whom it works, and what it passes on to whom."`
	Services     string `key:"services" default:"" doc:"What else it does: warnings, training, advice."`
	Disclaimer   string `key:"disclaimer" default:"" doc:"What it does not answer for."`
}

// SecurityTxt is the section [security_txt].
type SecurityTxt struct {
	Enabled         bool          `key:"enabled" default:"true" doc:"Whether /.well-known/security.txt (RFC 9116) says where weaknesses of yours are reported, as soon as the team has a mailbox or serve.url is set."`
	Contact         []string      `key:"contact" doc:"Where to: mailto:, tel: or https:, the best first. Empty: the team's mailbox, and the public form."`
	Languages       []string      `key:"languages" default:"en" doc:"Languages in which people may write."`
	Policy          string        `key:"policy" default:"" doc:"A page that says how you deal with what is reported. https."`
	Acknowledgments string        `key:"acknowledgments" default:"" doc:"A page that thanks those who reported. https."`
	Hiring          string        `key:"hiring" default:"" doc:"A page about work at the team. https."`
	Expires         time.Duration `key:"expires" default:"90d" doc:"For how long the file may be relied on after somebody fetched it: less than a year."`
}

// directory checks the sections [directory], [rfc2350] and [security_txt].
func (b *binder) directory(c *Config) {
	if c.Directory.Confirm < 0 {
		b.complain("directory.confirm", "a time that is not negative is needed")
	}
	if d := c.SecurityTxt.Expires; d < 24*time.Hour || d > 365*24*time.Hour {
		b.complain("security_txt.expires", "a time from 1d to 365d is needed")
	}
	if day := c.RFC2350.Updated; day != "" {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			b.complain("rfc2350.updated", "%q is no day: write it such as 2026-11-22", day)
		}
	}
	for key, link := range map[string]string{"policy": c.SecurityTxt.Policy, "acknowledgments": c.SecurityTxt.Acknowledgments, "hiring": c.SecurityTxt.Hiring} {
		if link != "" && !secure(link) {
			b.complain("security_txt."+key, "%q is no address of a page: write it as https://example.org/path", link)
		}
	}
	for _, contact := range c.SecurityTxt.Contact {
		if !strings.HasPrefix(contact, "mailto:") && !strings.HasPrefix(contact, "tel:") && !secure(contact) {
			b.complain("security_txt.contact", "%q: begin it with mailto:, tel: or https://", contact)
		}
	}
}

// secure tells whether a text is the address of a page that is fetched encrypted.
func secure(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Host != "" && !strings.ContainsAny(link, "\r\n ")
}
