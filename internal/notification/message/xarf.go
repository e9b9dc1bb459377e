package message

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
)

// xarfVersion is the version of X-ARF that the reports follow (https://xarf.org/schemas/v4).
const xarfVersion = "4.2.0"

// party is who reports, in X-ARF's words.
type party struct {
	Org     string `json:"org"`
	Contact string `json:"contact"`
	Domain  string `json:"domain"`
}

// report is one X-ARF document. Members beyond the common ones depend on category and type.
type report struct {
	Version      string   `json:"xarf_version"`
	ID           string   `json:"report_id"`
	Timestamp    string   `json:"timestamp"`
	Reporter     party    `json:"reporter"`
	Sender       party    `json:"sender"`
	Source       string   `json:"source_identifier"`
	SourcePort   int64    `json:"source_port,omitempty"`
	Category     string   `json:"category"`
	Type         string   `json:"type"`
	FirstSeen    string   `json:"first_seen,omitempty"`
	LastSeen     string   `json:"last_seen,omitempty"`
	DestIP       string   `json:"destination_ip,omitempty"`
	DestPort     int64    `json:"destination_port,omitempty"`
	Protocol     string   `json:"protocol,omitempty"`
	URL          string   `json:"url,omitempty"`
	Infringing   string   `json:"infringing_url,omitempty"`
	Malware      string   `json:"malware_family,omitempty"`
	C2           string   `json:"c2_server,omitempty"`
	Evidence     string   `json:"compromise_evidence,omitempty"`
	Method       string   `json:"compromise_method,omitempty"`
	Compromise   string   `json:"compromise_type,omitempty"`
	Threat       string   `json:"threat_type,omitempty"`
	Service      string   `json:"service,omitempty"`
	ServicePort  int64    `json:"service_port,omitempty"`
	CVE          string   `json:"cve_id,omitempty"`
	CVEs         []string `json:"cve_ids,omitempty"`
	Description  string   `json:"description,omitempty"`
	Tags         []string `json:"tags"`
	Finding      string   `json:"firehall_finding"`
	Ticket       string   `json:"firehall_ticket,omitempty"`
	Observations int64    `json:"firehall_observations,omitempty"`
	IEP          []string `json:"firehall_iep,omitempty"`
}

// xarf writes one report a finding, one a line, and says how many. Victims are left out: X-ARF speaks of who does harm.
func xarf(out io.Writer, l Letter) (n int, err error) {
	us, ok := reporter(l.Team)
	if !ok {
		return 0, nil
	}
	for _, s := range l.Sections {
		if s.Standing == Victim {
			continue
		}
		for _, w := range latest(s.Rows) {
			line, ok := reportLine(l, s, w, us)
			if !ok {
				continue
			}
			if _, err := out.Write(line); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// reportLine is the report of one finding as a line of its own; false when there is none.
func reportLine(l Letter, s Section, w Row, us party) ([]byte, bool) {
	doc, ok := report1(l, s, w, us)
	if !ok {
		return nil, false
	}
	line, err := json.Marshal(doc)
	if err != nil {
		return nil, false // texts and numbers only: cannot fail
	}
	return append(seen(line), '\n'), true
}

// latest leaves the last observation of each finding, in the order of the rows.
func latest(rows []Row) []Row {
	at := make(map[string]int, min(len(rows), 1024))
	out := make([]Row, 0, min(len(rows), 1024))
	for _, w := range rows {
		i, known := at[w.Finding]
		switch {
		case !known:
			at[w.Finding] = len(out)
			out = append(out, w)
		case w.at().After(out[i].at()):
			out[i] = w
		}
	}
	return out
}

func reporter(t Team) (party, bool) {
	a, err := mail.ParseAddress(t.Email)
	if err != nil {
		return party{}, false
	}
	_, domain, _ := strings.Cut(a.Address, "@")
	return party{Org: clip(strings.TrimSpace(t.Name), 200), Contact: a.Address, Domain: domain}, t.Name != ""
}

// report1 makes the report of one finding; false when there is nothing that X-ARF could name.
func report1(l Letter, s Section, w Row, us party) (report, bool) {
	f := fields(s, w)
	r := report{
		Version: xarfVersion, Reporter: us, Sender: us, Source: subject(w), SourcePort: portOf(w.Port), Finding: clip(w.Finding, maxName), Ticket: tag(l.Ticket), Observations: w.Count,
		Malware: clip(cmp.Or(w.Malware, s.Malware), 200), DestIP: addressOf(f[event.FieldDestIP]), DestPort: portOf(integer(f[event.FieldDestPort])), URL: uri(w.URL),
	}
	if r.Source == "" {
		return r, false
	}
	at := w.at()
	if at.IsZero() {
		at = l.Made
	}
	first, last := w.First, w.Last
	if first.IsZero() || first.After(at) {
		first = at
	}
	if last.Before(at) {
		last = at
	}
	r.Timestamp, r.FirstSeen, r.LastSeen = rfc3339(at), rfc3339(first), rfc3339(last)
	r.ID = uuidOf(l.Ticket, l.Made, w.Finding)
	if p := strings.ToLower(w.Transport); slices.Contains([]string{"tcp", "udp", "icmp", "sctp"}, p) {
		r.Protocol = p
	}
	r.Description = clip(described(s, f), 1000)
	r.Tags, r.IEP = l.Handling.XARF(l.Label)
	r.classify(s, f)
	return r, true
}

func described(s Section, f map[string]string) string {
	d := clip(rsit.Type(s.Type).Title(), maxName)
	if s.Identifier != "" {
		d += ": " + clip(s.Identifier, maxName)
	}
	if t := f["event_description.text"]; t != "" {
		d += ": " + clip(t, 1000)
	}
	return d
}

// classify chooses category and type by the RSIT type, and only such as have all that their schema demands; a threat in general otherwise.
func (r *report) classify(s Section, f map[string]string) {
	switch s.Type {
	case "infected-system":
		r.set("infrastructure", "botnet")
		r.Evidence = "the machine was seen to behave as one infected: " + clip(cmp.Or(cmp.Or(s.Identifier, s.Report), s.Type), maxName)
		r.C2 = cmp.Or(clip(f[event.FieldDestFQDN], 253), r.DestIP)
	case "c2-server", "system-compromise", "application-compromise", "privileged-account-compromise", "unprivileged-account-compromise":
		r.compromised(s)
	case "malware-distribution", "malware-configuration":
		r.content("malware")
	case "phishing":
		r.content("phishing")
	case "brute-force":
		r.connection("login_attack")
	case "scanner":
		r.connection("port_scan")
	case "ddos", "dos":
		r.connection("ddos")
	case "spam":
		r.set("messaging", "spam")
		r.Protocol = "other" // smtp demands a sender, which the feeds do not tell
	case "copyright":
		if r.Infringing = r.URL; r.Infringing != "" {
			r.set("copyright", "copyright")
		}
	case "vulnerable-system", "weak-crypto", "ddos-amplifier", "potentially-unwanted-accessible", "information-disclosure", "misconfiguration":
		r.vulnerable(s, f)
	default:
		if strings.HasPrefix(s.Identifier, "open-") || strings.HasPrefix(s.Identifier, "accessible-") {
			r.vulnerable(s, f)
		}
	}
	if r.Category == "" {
		r.set("reputation", "threat_intelligence")
		if s.Identifier == "blacklisted-ip" {
			r.Type = "blocklist"
		}
		r.Threat = clip(cmp.Or(s.Type, string(rsit.Undetermined)), maxName)
	}
}

func (r *report) set(category, kind string) { r.Category, r.Type = category, kind }

func (r *report) content(kind string) {
	if r.URL != "" {
		r.set("content", kind)
	}
}

func (r *report) connection(kind string) {
	if r.SourcePort > 0 && r.Protocol != "" {
		r.set("connection", kind)
	}
}

func (r *report) compromised(s Section) {
	if r.URL != "" && s.Type != "c2-server" {
		r.set("content", "remote_compromise")
		r.Compromise = "other"
		if strings.Contains(s.Identifier, "webshell") {
			r.Compromise = "webshell"
		}
		return
	}
	r.set("infrastructure", "compromised_server")
	r.Method = "unknown; seen as " + clip(cmp.Or(s.Identifier, s.Type), maxName)
}

var cveID = regexp.MustCompile(`CVE-[0-9]{4}-[0-9]{4,12}`)

func (r *report) vulnerable(s Section, f map[string]string) {
	name := cmp.Or(s.Identifier, s.Type)
	r.Service = clip(cmp.Or(f["protocol.application"], name), 200)
	r.ServicePort = r.SourcePort
	found := cveID.FindAllString(strings.ToUpper(clip(f["product.vulnerabilities"], 4096)+" "+clip(f["extra.tag"], 4096)), 20)
	switch {
	case len(found) > 0 && r.ServicePort > 0:
		r.set("vulnerability", "cve")
		r.CVE = found[0]
		if len(found) > 1 {
			r.CVEs = slices.Compact(slices.Sorted(slices.Values(found)))
		}
	case strings.HasPrefix(name, "open-"), strings.HasPrefix(name, "accessible-"), s.Type == "potentially-unwanted-accessible", s.Type == "ddos-amplifier":
		r.set("vulnerability", "open_service")
	default:
		r.set("vulnerability", "misconfiguration")
	}
}

// subject is what the report is about: an address, else a name.
func subject(w Row) string {
	if a := addressOf(w.Addr); a != "" {
		return a
	}
	if w.Host != "" {
		return clip(w.Host, 253)
	}
	if u, err := url.Parse(uri(w.URL)); err == nil {
		return clip(u.Hostname(), 253)
	}
	return ""
}

func addressOf(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	return a.Unmap().WithZone("").String()
}

func portOf(p int64) int64 {
	if p < 1 || p > 65535 {
		return 0
	}
	return p
}

func integer(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// uri gives back a URL that is one by RFC 3986, and "" for anything else.
func uri(s string) string {
	if len(s) > 8192 {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.String()
}

func rfc3339(t time.Time) string {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return "0001-01-01T00:00:00Z"
	}
	return t.UTC().Format(time.RFC3339)
}

// uuidOf names a report, in the form that the schema asks for; the same letter rendered again gives the same name.
func uuidOf(ticket string, made time.Time, finding string) string {
	h := sha256.Sum256([]byte(ticket + "\x00" + strconv.FormatInt(made.UnixNano(), 10) + "\x00" + finding))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// seen writes in a JSON text each letter that is invisible or turns the direction of writing as its escape: the value is the same, and who
// looks at the file sees it.
func seen(doc []byte) []byte {
	if ascii(doc) {
		return doc
	}
	out := make([]byte, 0, len(doc)+64)
	for len(doc) > 0 {
		r, n := utf8.DecodeRune(doc)
		switch {
		case r < utf8.RuneSelf || unicode.IsGraphic(r) && plain(r):
			out = append(out, doc[:n]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		doc = doc[n:]
	}
	return out
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
