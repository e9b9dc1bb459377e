package constituency

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Question asks whom something concerns.
type Question struct {
	Text string // as ParseQuestion reads it
	RDAP bool   // a registry may be asked: that tells it what we look at
}

// Answer says whom something concerns, who would be told, and why.
type Answer struct {
	Question       string        `json:"question"`
	Subject        Subject       `json:"subject"`
	Organisation   string        `json:"organisation"` // name, "" when nobody in the register is concerned
	OrganisationID string        `json:"organisation_id,omitempty"`
	Rule           Rule          `json:"rule,omitempty"`
	Network        string        `json:"network,omitempty"`
	ASN            uint32        `json:"asn,omitempty"`
	Country        string        `json:"country,omitempty"`
	Told           string        `json:"told"`     // whose contacts these are; QueueName when a person must decide
	Contacts       []Told        `json:"contacts"` // who would be told now
	Chain          []Step        `json:"chain"`
	Inside         []InsideOwner `json:"inside,omitempty"` // more particular owners within an asked prefix
}

// QueueName is who is told when nobody else is.
const QueueName = "the team's own queue"

// Told is a contact that would get a message.
type Told struct {
	Organisation string  `json:"organisation"`
	Channel      Channel `json:"channel"`
	Address      string  `json:"address"`
	Purpose      Purpose `json:"purpose"`
	Language     string  `json:"language,omitempty"`
	Key          string  `json:"key,omitempty"` // fingerprint
}

// InsideOwner is an owner of a part of an asked prefix.
type InsideOwner struct {
	Network      string `json:"network"`
	Organisation string `json:"organisation"`
}

// Step is one link of the chain: what was tried, what came of it, and why.
type Step struct {
	Step   string `json:"step"`
	Tried  string `json:"tried"`
	Result string `json:"result"`
	Reason string `json:"reason"`
}

// The names of the steps, in their order.
const (
	StepOwner    = "owner"
	StepOwn      = "own contact"
	StepParent   = "parent"
	StepProvider = "provider"
	StepNational = "national team"
	StepRDAP     = "rdap"
	StepQueue    = "own queue"
)

// The results of a step.
const (
	ResultOwner    = "owner"       // this is whose it is
	ResultTold     = "told"        // these contacts would get the message
	ResultNone     = "none"        // nothing there
	ResultPassed   = "passed over" // there is something, but it cannot be used
	ResultNext     = "next"        // would be told if nobody before could be
	ResultHeld     = "held"        // could be told, but not without a person
	ResultNotAsked = "not asked"   // not tried at all
)

// Who says whom an address, prefix, domain, URL or AS number concerns and who
// would be told, as a chain of steps. It reads the register itself, not the
// matcher, so it also explains claims that are not in force. A registry is asked
// by RDAP only if the question allows it and nobody before can be told.
// Errors: Invalid for a text that cannot be understood.
func (r *Register) Who(ctx context.Context, actor identity.Actor, q Question) (Answer, error) {
	if err := actor.Authorise(OpWho, clip(q.Text)); err != nil {
		return Answer{}, err
	}
	asked, err := ParseQuestion(q.Text)
	if err != nil {
		return Answer{}, err
	}
	w := &inquiry{register: r, asked: asked, now: r.opts.Clock.Now(), dir: &directory{byID: map[string]Organisation{}}, tried: map[string]bool{}}
	w.answer = Answer{Question: clip(q.Text), Subject: asked.Subject, Contacts: []Told{}}
	if err := r.db.Read(ctx, w.run); err != nil {
		return Answer{}, err
	}
	w.registry(ctx, actor, q)
	w.queue()
	return w.answer, nil
}

// inquiry is one question being answered.
type inquiry struct {
	register *Register
	tx       *sqldb.Tx
	asked    Asked
	now      time.Time
	place    Location
	dir      *directory
	tried    map[string]bool // organisations whose contacts have been looked at
	held     string          // why no later step may be told by itself, "" when it may
	done     bool            // somebody is told
	answer   Answer
}

func (w *inquiry) step(step, tried, result, reason string) {
	w.answer.Chain = append(w.answer.Chain, Step{step, tried, result, reason})
}

// run does the steps that the register answers.
func (w *inquiry) run(tx *sqldb.Tx) error {
	w.tx = tx
	w.locate()
	found, err := w.claims(w.asked.keys())
	if err != nil {
		return err
	}
	byNumber, err := w.claims(w.numberKeys())
	if err != nil {
		return err
	}
	owner, wider := w.owner(append(found, byNumber...))
	if err := w.own(owner); err != nil {
		return err
	}
	if err := w.parents(owner); err != nil {
		return err
	}
	if err := w.providers(wider); err != nil {
		return err
	}
	if err := w.national(owner == nil); err != nil {
		return err
	}
	return w.inside()
}

// locate asks enrichment where the address is, or takes the top-level domain's country.
func (w *inquiry) locate() {
	addr := w.asked.Addr
	if w.asked.Prefix.IsValid() {
		addr = w.asked.Prefix.Addr()
	}
	w.place = w.register.Place(addr)
	if w.asked.Domain != "" {
		w.place.Country = string(w.asked.country())
	}
	w.answer.ASN, w.answer.Country = max(w.place.ASN, w.asked.ASN), w.place.Country
}

// Place says where an address is, as far as that is known.
func (r *Register) Place(addr netip.Addr) Location {
	if !addr.IsValid() || r.opts.Locate == nil {
		return Location{}
	}
	return r.opts.Locate(addr)
}

func asnKey(n uint32) key { return key{ByASN, "AS" + strconv.FormatUint(uint64(n), 10)} }

// numberKeys are the fallbacks after the address itself.
func (w *inquiry) numberKeys() []key {
	if w.place.ASN == 0 {
		return nil
	}
	return []key{asnKey(w.place.ASN)}
}

// claims finds everybody's claims on the keys: in the order of the keys, and on
// one key the winner first. Claims not in force are noted and left out.
func (w *inquiry) claims(keys []key) (found []claim, err error) {
	byValue := map[key][]Network{}
	for part := range slices.Chunk(keys, 200) {
		if err := w.networks(part, byValue); err != nil {
			return nil, err
		}
	}
	for _, k := range keys {
		var same []claim
		for _, n := range byValue[k] {
			if err := w.dir.load(w.tx, n.Organisation); err != nil {
				return nil, err
			}
			if !n.InForce(w.now) {
				w.step(StepOwner, n.Value, ResultPassed, fmt.Sprintf("%s has it in the register, but %s", w.name(n.Organisation), notInForce(n, w.now)))
				continue
			}
			same = append(same, w.dir.claim(n))
		}
		slices.SortFunc(same, claimOrder)
		found = append(found, same...)
	}
	return found, nil
}

func claimOrder(a, b claim) int {
	if a.before(b) {
		return -1
	}
	return 1
}

func notInForce(n Network, now time.Time) string {
	switch {
	case !n.Approved():
		return "nobody has approved it"
	case now.Before(n.From):
		return "it begins only on " + n.From.Format(time.DateOnly)
	}
	return "it ended on " + n.Until.Format(time.DateOnly)
}

// networks reads the claims on some keys, which all have one rule.
func (w *inquiry) networks(keys []key, into map[key][]Network) error {
	if len(keys) == 0 {
		return nil
	}
	args, marks := []any{string(keys[0].rule)}, make([]string, len(keys))
	for i, k := range keys {
		args = append(args, k.value)
		marks[i] = "$" + strconv.Itoa(i+2)
	}
	query := "SELECT " + networkColumns + " FROM network WHERE rule = $1 AND value IN (" + strings.Join(marks, ", ") + ") ORDER BY id"
	return w.tx.Each(query, args, func(scan func(...any) error) error {
		n, err := scanNetwork(scan)
		k := key{n.Rule, n.Value}
		into[k] = append(into[k], n)
		return err
	})
}

func (w *inquiry) name(organisation string) string { return w.dir.byID[organisation].Name }

// owner takes the first claim as the owner's and returns the others.
func (w *inquiry) owner(found []claim) (owner *claim, wider []claim) {
	if len(found) == 0 {
		w.step(StepOwner, w.subject(), ResultNone, "no network in the register holds it")
		return nil, nil
	}
	first := found[0]
	w.setOwner(first.network)
	w.step(StepOwner, first.network.Value, ResultOwner, ownerReason(first))
	for _, c := range found[1:] {
		if c.network.Value == first.network.Value {
			w.step(StepOwner, c.network.Value, ResultPassed, fmt.Sprintf("%s claims the same network; %s", c.name, lostBecause(first, c)))
		}
	}
	return &first, found[1:]
}

func (w *inquiry) setOwner(n Network) {
	w.answer.Organisation, w.answer.OrganisationID = w.name(n.Organisation), n.Organisation
	w.answer.Rule, w.answer.Network = n.Rule, n.Value
}

func (w *inquiry) subject() string {
	switch {
	case w.asked.Addr.IsValid():
		return w.asked.Addr.String()
	case w.asked.Prefix.IsValid():
		return w.asked.Prefix.String()
	case w.asked.Domain != "":
		return w.asked.Domain
	}
	return asnKey(w.asked.ASN).value
}

func ownerReason(c claim) string {
	return fmt.Sprintf("%s: %s, approved by %s on %s", c.name, ruleReason(c.network.Rule), c.network.ApprovedBy, c.network.ApprovedAt.Format(time.DateOnly))
}

// ruleReason says in words why a rule matched.
func ruleReason(rule Rule) string {
	switch rule {
	case ByPrefix:
		return "the longest registered prefix that holds it"
	case ByDomain:
		return "the longest registered domain above it"
	case ByASN:
		return "no registered prefix holds it, but its AS number is registered"
	}
	return "nothing nearer is registered, but its country is"
}

func lostBecause(winner, loser claim) string {
	switch {
	case winner.kind != loser.kind:
		return fmt.Sprintf("a %s comes before a %s", Kinds()[max(winner.kind, 0)], Kinds()[max(loser.kind, 0)])
	case winner.depth != loser.depth:
		return "the subsidiary comes before the parent"
	case !winner.network.ApprovedAt.Equal(loser.network.ApprovedAt):
		return "the one approved first wins"
	}
	return "both were approved at once, so the name decides: mend the register"
}

// own looks at the owner's own contacts.
func (w *inquiry) own(owner *claim) error {
	if owner == nil {
		w.step(StepOwn, "", ResultNone, "there is no owner to tell")
		return nil
	}
	return w.try(StepOwn, owner.network.Organisation, "")
}

func (w *inquiry) parents(owner *claim) error {
	var up []Organisation
	if owner != nil {
		up = w.dir.parents(owner.network.Organisation)
	}
	if len(up) == 0 {
		w.step(StepParent, "", ResultNone, "no organisation above it is registered")
	}
	for _, o := range up {
		if err := w.try(StepParent, o.ID, ""); err != nil {
			return err
		}
	}
	return nil
}

// providers tries the providers whose wider networks hold what was asked.
func (w *inquiry) providers(wider []claim) error {
	any := false
	for _, c := range wider {
		if c.kind < 0 || Kinds()[c.kind] != Provider || w.tried[c.network.Organisation] {
			continue
		}
		any = true
		if err := w.try(StepProvider, c.network.Organisation, c.network.Value); err != nil {
			return err
		}
	}
	if !any {
		w.step(StepProvider, "", ResultNone, "no registered provider has a network around it")
	}
	return nil
}

// national tries who answers for the country; without a nearer owner it is they
// whom it concerns.
func (w *inquiry) national(noOwner bool) error {
	if w.place.Country == "" {
		w.step(StepNational, "", ResultNone, "the country is not known")
		return nil
	}
	found, err := w.claims([]key{{ByCountry, "country:" + w.place.Country}})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		w.step(StepNational, w.place.Country, ResultNone, "no team is registered for the country")
		return nil
	}
	if noOwner {
		w.setOwner(found[0].network)
	}
	if w.tried[found[0].network.Organisation] {
		return nil
	}
	return w.try(StepNational, found[0].network.Organisation, found[0].network.Value)
}

// try looks at one organisation's contacts and writes the step.
func (w *inquiry) try(step, organisation, by string) error {
	w.tried[organisation] = true
	contacts, err := contactsOf(w.tx, organisation)
	if err != nil {
		return err
	}
	name := w.name(organisation)
	tried := name
	if by != "" {
		tried += " by " + by
	}
	chosen, reason := choose(contacts, w.now)
	byWord := ""
	if organisation != w.answer.OrganisationID {
		byWord = onlyByWord
	}
	switch {
	case len(chosen) == 0 && len(contacts) == 0:
		w.step(step, tried, ResultNone, reason)
	case len(chosen) == 0:
		w.step(step, tried, ResultPassed, reason)
		w.hold(name)
	case w.done:
		w.step(step, tried, ResultNext, reason+byWord+"; told only if nobody before could be")
	case w.held != "":
		w.step(step, tried, ResultHeld, w.held)
	default:
		w.step(step, tried, ResultTold, reason+byWord)
		w.tell(name, chosen)
	}
	return nil
}

// onlyByWord is said of whoever does not own the network: no notification goes
// to them by itself, a person gives a word for it first (release grant).
const onlyByWord = "; notifications go there only by a person's word (firehall release grant)"

// hold stops the chain from going on by itself. That an organisation's contact
// fails is no leave to tell somebody else what is the organisation's.
func (w *inquiry) hold(name string) {
	if !w.done && w.held == "" {
		w.held = fmt.Sprintf("%s has contacts, but none that can be used: telling somebody else instead is for a person to decide", name)
	}
}

func (w *inquiry) tell(name string, contacts []Contact) {
	w.done, w.answer.Told = true, name
	for _, c := range contacts {
		w.answer.Contacts = append(w.answer.Contacts, Told{name, c.Channel, c.Address, c.Purpose, c.Language, c.KeyFingerprint})
	}
}

// inside lists who owns parts of an asked prefix.
func (w *inquiry) inside() error {
	if !w.asked.Prefix.IsValid() {
		return nil
	}
	const most, looked = 20, 2000 // claims not in force, which are looked at too, may be many
	list, err := networksInside(w.tx, w.asked.Prefix, looked)
	if err != nil {
		return err
	}
	for _, n := range list {
		if len(w.answer.Inside) == most {
			return nil
		}
		if err := w.dir.load(w.tx, n.Organisation); err != nil {
			return err
		}
		if n.InForce(w.now) {
			w.answer.Inside = append(w.answer.Inside, InsideOwner{n.Value, w.name(n.Organisation)})
		}
	}
	return nil
}

// queue is the last step, which always is there.
func (w *inquiry) queue() {
	if w.done {
		w.step(StepQueue, QueueName, ResultNext, "if none of them could be told")
		return
	}
	reason := "nobody else can be told"
	if w.held != "" {
		reason = w.held
	}
	w.answer.Told = QueueName
	w.step(StepQueue, QueueName, ResultTold, reason)
}

// Describe says in words what a slot stands for and why it matched.
func (m *Matcher) Describe(s Slot) string {
	t := m.Target(s)
	if t.Organisation == "" {
		return "no network in the register holds it"
	}
	return fmt.Sprintf("%s, by %s %s: %s", t.OrganisationName, t.Rule, t.Value, ruleReason(t.Rule))
}
