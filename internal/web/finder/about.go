package finder

import (
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/shell"
)

// About is what RFC 2350 wants a team to say of itself; what is empty is left out.
type About struct {
	Version, Updated, Distribution, Where, Signed                            string
	Name, FullName, Established, Address, Zone, Phone, Fax, Emergency, Email string
	Key                                                                      string // fingerprint
	KeyURL, Hours, Members, Other, Mission, Constituency, Sponsor, Authority string
	Support, Cooperation, Communication, Services, Reporting, Disclaimers    string
}

// part is a section of the document, numbered as RFC 2350, appendix D, has them.
type part struct {
	Number, Title, Text string
}

// parts are the sections in their order; titles stay English, as other teams look for them.
func (a About) parts() (out []part) {
	for _, p := range []part{
		{"1.1", "Date of Last Update", joinNonEmpty(" ", prefixed("Version ", a.Version), a.Updated)},
		{"1.2", "Distribution List for Notifications", a.Distribution},
		{"1.3", "Locations where this Document May Be Found", a.Where},
		{"1.4", "Authenticating this Document", a.Signed},
		{"2.1", "Name of the Team", joinNonEmpty("\n", a.Name, a.FullName, prefixed("Established ", a.Established))},
		{"2.2", "Address", a.Address},
		{"2.3", "Time Zone", a.Zone},
		{"2.4", "Telephone Number", a.Phone},
		{"2.5", "Facsimile Number", a.Fax},
		{"2.6", "Other Telecommunication", prefixed("For emergencies: ", a.Emergency)},
		{"2.7", "Electronic Mail Address", a.Email},
		{"2.8", "Public Keys and Encryption Information", joinNonEmpty("\n", prefixed("OpenPGP, fingerprint ", keyOf(a.Key)), a.KeyURL)},
		{"2.9", "Team Members", a.Members},
		{"2.10", "Other Information", a.Other},
		{"2.11", "Points of Customer Contact", a.Hours},
		{"3.1", "Mission Statement", a.Mission},
		{"3.2", "Constituency", a.Constituency},
		{"3.3", "Sponsorship and/or Affiliation", a.Sponsor},
		{"3.4", "Authority", a.Authority},
		{"4.1", "Types of Incidents and Level of Support", a.Support},
		{"4.2", "Co-operation, Interaction and Disclosure of Information", a.Cooperation},
		{"4.3", "Communication and Authentication", a.Communication},
		{"5", "Services", a.Services},
		{"6", "Incident Reporting Forms", a.Reporting},
		{"7", "Disclaimers", a.Disclaimers},
	} {
		if p.Text = strings.TrimSpace(p.Text); p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}

func keyOf(print string) string {
	if print == "" {
		return ""
	}
	return fingerprint(print)
}

func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func joinNonEmpty(by string, list ...string) string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, by)
}

// lines are the lines of a section.
func (p part) lines() []string { return strings.Split(p.Text, "\n") }

func (p *page) about(w http.ResponseWriter, r *shell.Request) error {
	about := p.o.About()
	return p.show(w, r, view{Title: r.T("finder.about.title", "team", about.Name), Status: http.StatusOK, Body: aboutPage(about)})
}

// aboutText is the same as plain text, which is how such documents are mostly exchanged, signed if there is a key.
func (p *page) aboutText(w http.ResponseWriter, _ *shell.Request) error {
	var b strings.Builder
	about := p.o.About()
	b.WriteString("RFC 2350 description of " + about.Name + "\n")
	for _, one := range about.parts() {
		b.WriteString("\n" + one.Number + " " + one.Title + "\n")
		for _, line := range one.lines() {
			b.WriteString("    " + line + "\n")
		}
	}
	if p.o.Sign == nil {
		return text(w, b.String())
	}
	signed, err := p.o.Sign(b.String())
	if err != nil {
		return err
	}
	return text(w, signed)
}

func text(w http.ResponseWriter, s string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(s)) // the reader may have left
	return nil
}

// security is RFC 9116's file.
func (p *page) security(w http.ResponseWriter, _ *shell.Request) error {
	s, err := p.o.Security(p.o.Clock.Now())
	if err != nil {
		return err
	}
	return text(w, s)
}

// keys answers the two ways of a web key directory (draft-koch-openpgp-webkey-service, sections 3.1 and 4.5): the advanced one, which has the domain
// in its path, and the direct one. Each has a policy, an empty file that says that the directory is there.
func (p *page) keys(w http.ResponseWriter, r *shell.Request) error {
	steps := strings.Split(strings.ToLower(r.PathValue("rest")), "/")
	domain := ""
	if len(steps) > 1 && steps[0] != "hu" {
		domain, steps = steps[0], steps[1:]
	}
	switch {
	case len(steps) == 1 && steps[0] == "policy":
		return text(w, "")
	case len(steps) == 2 && steps[0] == "hu":
		return p.key(w, domain, steps[1])
	}
	return problem.New(problem.NotFound, "there is no such key")
}

func (p *page) key(w http.ResponseWriter, domain, hash string) error {
	data, err := p.o.Key(domain, hash)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Access-Control-Allow-Origin", "*") // programs in browsers look for keys too
	_, _ = w.Write(data)
	return nil
}
