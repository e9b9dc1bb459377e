package desk

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/identity"
)

// OpLookup is asking for all that is known of something.
const OpLookup identity.Operation = "desk.lookup"

// Things that can be looked up beside what the register knows (see constituency.Subject).
const (
	AboutHash         constituency.Subject = "hash"
	AboutMail         constituency.Subject = "mail"
	AboutOrganisation constituency.Subject = "organisation"
)

// Limits of a look-up.
const (
	maxLookup      = 2048 // bytes of what is asked
	mostFound      = 50   // findings shown
	mostNeighbours = 25   // addresses of the same network
	mostMessages   = 20
	mostNamed      = 20 // organisations of a name
)

// Named is an organisation that a look-up found by name or contact.
type Named struct {
	ID, Name string
	Contact  string // the address by which it was found; "" when by name
}

// Neighbour is another address of the same network that we know something of.
type Neighbour struct {
	Address  string
	Findings int
	Severity string // the worst
	What     string // the conditions, with commas
	Open     bool   // some of them stand
	Last     time.Time
}

// Lookup is what is known of something. Events are apart, since they take the longest: see EventText.
type Lookup struct {
	Asked   string // as it was understood
	Subject constituency.Subject

	Who           *constituency.Answer // whose it is, who would be told, and why; nil for a hash and a name
	Organisations []Named              // of a name or a mail address

	Findings     []FindingView // those that stand first, then the last seen first; at most mostFound
	MoreFindings bool
	FindingText  string // asks for them on the page of findings
	Messages     []FindingTold

	Network    string // the prefix whose other addresses are Neighbours
	Neighbours []Neighbour

	EventText string // asks for its events; "" when events cannot be asked for it
}

// Lookup tells what is known of an address, prefix, AS number, domain, URL, hash, mail address or organisation, written as people paste it.
// No registry or other outsider is asked. Errors: Invalid for what cannot be understood.
func (d *Desk) Lookup(ctx context.Context, actor identity.Actor, text string) (Lookup, error) {
	if err := actor.Authorise(OpLookup, "lookup"); err != nil {
		return Lookup{}, err
	}
	l, err := d.understand(ctx, actor, text)
	if err != nil {
		return l, err
	}
	if l.FindingText != "" {
		if err := d.lookFindings(ctx, actor, &l); err != nil {
			return l, err
		}
	}
	if err := d.lookMessages(ctx, actor, &l); err != nil {
		return l, err
	}
	return l, d.lookAround(ctx, actor, &l)
}

// understand finds out what was asked, and whose it is.
func (d *Desk) understand(ctx context.Context, actor identity.Actor, text string) (Lookup, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Lookup{}, problem.New(problem.Invalid, "nothing was asked: give an address, prefix, AS number, domain, URL, hash, mail address or organisation")
	case len(text) > maxLookup:
		return Lookup{}, problem.New(problem.Invalid, "what was asked is %d bytes long: at most %d", len(text), maxLookup)
	case !utf8.ValidString(text) || strings.IndexFunc(text, unicode.IsControl) >= 0:
		return Lookup{}, problem.New(problem.Invalid, "what was asked holds signs that are no text: give one address, name or number on one line")
	case isHash(text):
		hash := strings.ToLower(text)
		return Lookup{Asked: hash, Subject: AboutHash, EventText: "hash:" + hash}, nil
	}
	who, err := d.o.Register.Who(ctx, actor, constituency.Question{Text: text})
	if problem.Is(err, problem.Invalid) {
		return d.understandName(ctx, actor, text, err)
	}
	if err != nil {
		return Lookup{}, err
	}
	l, err := aboutAsset(text, who)
	if err != nil || l.Subject != AboutMail {
		return l, err
	}
	return l, d.contactsAt(ctx, actor, &l)
}

// isHash tells whether a text is an MD5, SHA-1 or SHA-256 in hexadecimal.
func isHash(s string) bool {
	return slices.Contains([]int{32, 40, 64}, len(s)) && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// aboutAsset says how findings and events of an asset are asked for.
func aboutAsset(text string, who constituency.Answer) (Lookup, error) {
	asked, err := constituency.ParseQuestion(text)
	if err != nil {
		return Lookup{}, err
	}
	l := Lookup{Subject: asked.Subject, Who: &who}
	domain := query.Text{Value: asked.Domain}
	switch {
	case asked.Prefix.IsValid():
		l.Asked = asked.Prefix.String()
		l.FindingText, l.EventText, l.Network = "ip:"+l.Asked, "ip:"+l.Asked, l.Asked
	case asked.Subject == constituency.AboutASN:
		l.Asked = "AS" + uintText(asked.ASN)
		l.FindingText, l.EventText = "network:"+l.Asked, "asn:"+uintText(asked.ASN)
	case asked.Addr.IsValid():
		l.Asked = asked.Addr.String()
		l.FindingText, l.EventText, l.Network = "ip:"+l.Asked, "ip:"+l.Asked, around(asked.Addr).String()
	default:
		l.Asked = asked.Domain
		below := query.Text{Value: "." + asked.Domain, Before: true}
		l.FindingText = query.Term{Name: "host", Match: []query.Match{domain, below}}.String()
		l.EventText = query.Term{Name: "hostname", Match: []query.Match{domain, below}}.String()
	}
	if asked.Subject == constituency.AboutURL {
		l.ofURL(constituency.Refang(text))
	}
	if name, _, ok := strings.Cut(l.mail(text), "@"); ok && name != "" {
		l.Subject, l.Asked = AboutMail, strings.ToLower(l.mail(text))
	}
	return l, nil
}

// mail is the mail address that was asked for; "" if it was something else.
func (l Lookup) mail(text string) string {
	text = constituency.Refang(text)
	if l.Subject != constituency.AboutDomain || strings.ContainsAny(text, "/ ") || !strings.Contains(text, "@") {
		return ""
	}
	return text
}

// ofURL asks for the very URL besides its host.
func (l *Lookup) ofURL(url string) {
	host := l.Asked
	l.Asked = url
	exact := query.Term{Name: "url", Match: []query.Match{query.Text{Value: url}}}.String()
	l.FindingText += " or " + exact
	l.EventText += " or " + exact
	if len(l.FindingText) > query.MaxLength || len(l.EventText) > query.MaxLength {
		l.FindingText, l.EventText = "host:"+host, "hostname:"+host
	}
}

func uintText(n uint32) string { return query.Ints{From: int64(n), To: int64(n)}.String() }

// around is the network whose neighbours are of interest: the /24 of an IPv4 address, the /64 of an IPv6 one.
func around(a netip.Addr) netip.Prefix {
	bits := 24
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// understandName takes what is no asset for the name of an organisation, or a part of one.
func (d *Desk) understandName(ctx context.Context, actor identity.Actor, text string, not error) (Lookup, error) {
	list, err := d.o.Register.Matching(ctx, actor, constituency.Filter{Text: text})
	if problem.Is(err, problem.Invalid) {
		return Lookup{}, not
	}
	if err != nil {
		return Lookup{}, err
	}
	if len(list) == 0 {
		return Lookup{}, problem.Wrap(problem.Invalid, not, "nothing in the register is called so, and it cannot be read as an address, network or name")
	}
	l := Lookup{Asked: text, Subject: AboutOrganisation}
	for _, o := range list[:min(len(list), mostNamed)] {
		l.Organisations = append(l.Organisations, Named{ID: o.ID, Name: o.Name})
	}
	if len(list) == 1 {
		l.FindingText = query.Term{Name: "organisation", Match: []query.Match{query.Text{Value: list[0].Name}}}.String()
		l.EventText = l.FindingText
	}
	return l, nil
}

// contactsAt adds the organisations that have a contact with the mail address.
func (d *Desk) contactsAt(ctx context.Context, actor identity.Actor, l *Lookup) error {
	contacts, err := d.o.Register.ContactsAt(ctx, actor, l.Asked)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Invalid) {
		return nil
	}
	names, failed := d.o.Register.Names(ctx, actor)
	if err = cmp.Or(err, failed); err != nil {
		return err
	}
	for _, c := range contacts[:min(len(contacts), mostNamed)] {
		l.Organisations = append(l.Organisations, Named{ID: c.Organisation, Name: names[c.Organisation], Contact: string(c.Purpose)})
	}
	return nil
}

// lookFindings finds the findings of the asset. A query that cannot be asked of findings finds none.
func (d *Desk) lookFindings(ctx context.Context, actor identity.Actor, l *Lookup) error {
	found, err := d.ListFindings(ctx, actor, FindingQuery{Text: l.FindingText, Request: page.Request{Limit: page.MaxLimit}})
	if err != nil {
		return err
	}
	slices.SortStableFunc(found.Items, func(a, b FindingView) int {
		return cmp.Or(cmp.Compare(stands(b), stands(a)), b.Last.Compare(a.Last))
	})
	l.Findings = found.Items[:min(len(found.Items), mostFound)]
	l.MoreFindings = found.Next != "" || len(found.Items) > mostFound
	return nil
}

// stands is 1 for a finding that stands.
func stands(f FindingView) int {
	if slices.Contains([]string{"open", "notified", "acknowledged", "reopened"}, f.State) {
		return 1
	}
	return 0
}

// lookMessages gathers the messages that told of the findings, the newest first.
func (d *Desk) lookMessages(ctx context.Context, actor identity.Actor, l *Lookup) error {
	seen := map[string]bool{}
	for _, f := range l.Findings {
		if f.Told.IsZero() {
			continue
		}
		one, err := d.o.Findings.Get(ctx, actor, f.ID)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		entries, err := d.o.Findings.History(ctx, actor, one.Key)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Message != "" && !seen[e.Message] {
				seen[e.Message] = true
				l.Messages = append(l.Messages, FindingTold{e.Message, e.At})
			}
		}
	}
	slices.SortFunc(l.Messages, func(a, b FindingTold) int { return b.At.Compare(a.At) })
	l.Messages = l.Messages[:min(len(l.Messages), mostMessages)]
	return nil
}

// lookAround finds the other addresses of the same network that have findings, in order.
func (d *Desk) lookAround(ctx context.Context, actor identity.Actor, l *Lookup) error {
	if l.Network == "" {
		return nil
	}
	found, err := d.ListFindings(ctx, actor, FindingQuery{Text: "ip:" + l.Network, ByAddress: true, Request: page.Request{Limit: page.MaxLimit}})
	if err != nil {
		return err
	}
	at := map[string]int{}
	for _, f := range found.Items {
		if f.Address == l.Asked || f.Address == "" {
			continue
		}
		i, known := at[f.Address]
		if !known {
			if len(l.Neighbours) == mostNeighbours {
				continue
			}
			i = len(l.Neighbours)
			at[f.Address] = i
			l.Neighbours = append(l.Neighbours, Neighbour{Address: f.Address})
		}
		l.Neighbours[i].add(f)
	}
	return nil
}

// mostWhat bounds the conditions named of a neighbour, in bytes.
const mostWhat = 120

func (n *Neighbour) add(f FindingView) {
	n.Findings++
	n.Open = n.Open || stands(f) == 1
	if n.Severity == "" || severityRank(f.Severity) < severityRank(n.Severity) {
		n.Severity = f.Severity
	}
	if f.Last.After(n.Last) {
		n.Last = f.Last
	}
	if what := f.Condition(); !strings.Contains(n.What, what) && len(n.What)+len(what) < mostWhat {
		n.What = strings.TrimPrefix(n.What+", "+what, ", ")
	}
}
