// Package indicator keeps what is known of indicators: what each looks for, who saw it, and who says that it is wrong; and says how much it
// still means, by what it is, how sure its source was, and who saw it lately. Of what still means enough it makes lists to block by.
//
// Words: the Strength of an indicator goes from 0 to 100 and halves with time, an address in days and a hash in years, since the machine
// behind an address changes hands and a file does not. A sighting begins the time anew. A Purpose is what somebody wants it for. A seer
// is who says that an indicator was seen, is a false positive, or has ended: an organisation, a person of ours, or our own watch.
//
// Guarantees: Judge is a pure function of the facts. The facts are made of the objects that package sharing keeps, in the order of their
// numbers, with a cursor that moves in the same transaction: a process that dies loses none and counts none twice. Each seer counts once,
// by what it said last; an organisation is one seer, whatever names stand in what it gives. Nothing here touches a finding.
package indicator

import (
	"math"
	"time"
)

// Kind is what is looked for, by the words of package pattern; Other is a pattern that is no plain value.
type Kind = string

// Other stands for what is no plain value.
const Other Kind = ""

const day = 24 * time.Hour

// halves say after what time an indicator means half as much. An address is given to somebody else, a URL taken down, long before a
// domain is; a hash stays what it is.
var halves = map[Kind]time.Duration{
	"ip": 7 * day, "url": 14 * day, "cidr": 30 * day, "domain": 30 * day, "email": 60 * day, "asn": 180 * day, "filename": 90 * day,
	"registry": 365 * day, "mutex": 365 * day, "mac": 365 * day,
	"md5": 5 * 365 * day, "sha1": 5 * 365 * day, "sha256": 5 * 365 * day, "sha512": 5 * 365 * day, Other: 90 * day,
}

// HalfLife says after what time an indicator of that kind means half as much.
func HalfLife(k Kind) time.Duration {
	if h, ok := halves[k]; ok {
		return h
	}
	return halves[Other]
}

// Facts are what is known of an indicator.
type Facts struct {
	Kind        Kind
	Confidence  *int      // of its source, 0 to 100; nil: it does not say
	From, Until time.Time // when it holds; zero Until: for ever
	Revoked     bool      // by its source
	Seen        time.Time // last seen by anybody who may say so; zero: never
	Sightings   int       // how often, by how many different seers
	Wrong       int       // how many different seers say that it is a false positive
	Gone        time.Time // when somebody said that it has ended; zero: nobody did
	Listed      []string  // warning lists that speak against the purpose that it is asked for
}

// State says in a word what an indicator means now.
type State string

// The states.
const (
	Fresh    State = "fresh"
	Fading   State = "fading"   // worth looking for, and not worth blocking
	Expired  State = "expired"  // too old, or past its end
	Early    State = "early"    // it holds later
	Revoked  State = "revoked"  // its source took it back
	Disputed State = "disputed" // as many say that it is wrong as saw it
	Warned   State = "warned"   // a warning list speaks against it
)

// Verdict is what an indicator means at a moment.
type Verdict struct {
	State    State
	Strength int       // 0 to 100
	Ends     time.Time // when it expires unless it is seen again; zero if it does not, or has
}

// What strength is worth what.
const (
	unsaid   = 50 // confidence of who does not say
	fading   = 30
	expired  = 5
	perSight = 5 // each seer makes it that much surer
)

// Judge says what an indicator means at a moment.
func Judge(f Facts, now time.Time) Verdict {
	if s := f.ruled(now); s != "" {
		return Verdict{State: s}
	}
	start, since := f.start(), f.since()
	v := Verdict{Strength: int(math.Round(start * math.Exp2(-float64(max(now.Sub(since), 0))/float64(HalfLife(f.Kind)))))}
	v.Ends = f.falls(expired)
	if !f.Until.IsZero() && f.Until.Before(v.Ends) {
		v.Ends = f.Until
	}
	switch {
	case !now.Before(v.Ends):
		return Verdict{State: Expired}
	case v.Strength < fading:
		v.State = Fading
	default:
		v.State = Fresh
	}
	return v
}

// ruled gives the state that needs no calculation; "" if there is none.
func (f Facts) ruled(now time.Time) State {
	switch {
	case f.Revoked:
		return Revoked
	case now.Before(f.From):
		return Early
	case !f.Until.IsZero() && !now.Before(f.Until), f.Gone.After(f.Seen) && !f.Gone.After(now):
		return Expired
	case len(f.Listed) > 0:
		return Warned
	case f.Wrong > 0 && f.Wrong >= f.Sightings:
		return Disputed
	}
	return ""
}

// start is the strength that it begins with.
func (f Facts) start() float64 {
	c := unsaid
	if f.Confidence != nil {
		c = *f.Confidence
	}
	return float64(min(max(c+perSight*min(f.Sightings, 10)-2*perSight*f.Wrong, 0), 100))
}

// falls is when its strength falls to a level.
func (f Facts) falls(to float64) time.Time {
	return f.since().Add(time.Duration(math.Log2(max(f.start(), to)/to) * float64(HalfLife(f.Kind))))
}

// since is when its time began to run: when it was made or seen last.
func (f Facts) since() time.Time {
	if f.Seen.After(f.From) {
		return f.Seen
	}
	return f.From
}

// Purpose is what an indicator is wanted for.
type Purpose uint8

// The purposes.
const (
	Block  Purpose = iota // keep it out, or write to its owner: only what is fresh
	Search                // look for it: what fades as well, and what is disputed, for a person to judge
)

// Serves says whether an indicator in that state may be used for a purpose.
func (s State) Serves(p Purpose) bool {
	return s == Fresh || p == Search && (s == Fading || s == Disputed)
}
