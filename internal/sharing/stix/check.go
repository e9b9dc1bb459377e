package stix

import (
	"net/netip"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// fault is why an object is set aside.
type fault struct {
	code   Code
	reason string
}

func (f *fault) Error() string { return f.reason }

func faulty(code Code, format string, args ...any) *fault {
	return &fault{code, problem.New(problem.Invalid, format, args...).Error()}
}

// most is the most that a count of observations may be (sections 4.14 and 5.2).
const most = 999_999_999

func checkMarking(b Body) *fault {
	m := b.(*MarkingDefinition)
	if m.DefinitionType == "" && len(m.Extensions) == 0 {
		return faulty(Missing, "the marking says nothing: it has neither definition_type nor an extension")
	}
	if m.DefinitionType != "" && len(m.Definition) == 0 {
		return faulty(Missing, "the marking has a definition_type and no definition")
	}
	return nil
}

func checkIndicator(b Body) *fault {
	i := b.(*Indicator)
	if i.Pattern == "" {
		return faulty(Missing, "the pattern is empty")
	}
	return order("valid_from", i.ValidFrom, "valid_until", i.ValidUntil, true)
}

// order says whether a time that must not come after another does.
func order(from string, a Time, until string, b Time, strictly bool) *fault {
	if a.IsZero() || b.IsZero() || a.Before(b.Time) || !strictly && a.Equal(b.Time) {
		return nil
	}
	return faulty(BadValue, "%s (%s) comes after %s (%s)", from, a, until, b)
}

func checkLocation(b Body) *fault {
	l := b.(*Location)
	switch {
	case (l.Latitude == nil) != (l.Longitude == nil):
		return faulty(Missing, "a place has both a latitude and a longitude, or none")
	case l.Latitude == nil && l.Region == "" && l.Country == "":
		return faulty(Missing, "the place has neither a region, nor a country, nor a position")
	case l.Latitude != nil && (*l.Latitude < -90 || *l.Latitude > 90 || *l.Longitude < -180 || *l.Longitude > 180):
		return faulty(BadValue, "there is no place at latitude %v, longitude %v", *l.Latitude, *l.Longitude)
	}
	return nil
}

func checkMalware(b Body) *fault {
	if m := b.(*Malware); m.IsFamily && m.Name == "" {
		return faulty(Missing, "a family of malware needs a name")
	}
	return nil
}

func checkObserved(b Body) *fault {
	o := b.(*ObservedData)
	switch {
	case (len(o.Objects) == 0) == (len(o.ObjectRefs) == 0):
		return faulty(Missing, "observed-data has object_refs, or objects, and not both or none")
	case o.NumberObserved < 1 || o.NumberObserved > most:
		return faulty(BadValue, "number_observed is %d, and must be from 1 to %d", o.NumberObserved, most)
	}
	return order("first_observed", o.FirstObserved, "last_observed", o.LastObserved, false)
}

func checkRelationship(b Body) *fault {
	r := b.(*Relationship)
	if r.Source == r.Target {
		return faulty(Cycle, "the relationship leads from %s to itself", r.Source)
	}
	return order("start_time", r.Start, "stop_time", r.Stop, true)
}

func checkSighting(b Body) *fault {
	s := b.(*Sighting)
	if s.Count != nil && (*s.Count < 0 || *s.Count > most) {
		return faulty(BadValue, "count is %d, and must be from 0 to %d", *s.Count, most)
	}
	if c := ClassOf(typeOf(s.Of)); c == Observable || c == Meta {
		return faulty(BadRef, "a sighting is of a domain object, not of %s", typeOf(s.Of))
	}
	return order("first_seen", s.FirstSeen, "last_seen", s.LastSeen, false)
}

func checkArtifact(b Body) *fault {
	a := b.(*Artifact)
	switch {
	case (a.Payload == "") == (a.URL == ""):
		return faulty(Missing, "an artifact has payload_bin, or a url, and not both or none")
	case a.URL != "" && len(a.Hashes) == 0:
		return faulty(Missing, "an artifact behind a url needs hashes")
	}
	return nil
}

func checkAS(b Body) *fault {
	if n := b.(*AutonomousSystem).Number; n < 0 || n > 1<<32-1 {
		return faulty(BadValue, "%d is no AS number", n)
	}
	return nil
}

func checkFile(b Body) *fault {
	f := b.(*File)
	if len(f.Hashes) == 0 && f.Name == "" {
		return faulty(Missing, "a file has a name or hashes")
	}
	if f.Size != nil && *f.Size < 0 {
		return faulty(BadValue, "a file of %d bytes cannot be", *f.Size)
	}
	return nil
}

func checkIPv4(b Body) *fault { return address(b.(*IPv4Address).Value, true) }
func checkIPv6(b Body) *fault { return address(b.(*IPv6Address).Value, false) }

func address(s string, four bool) *fault {
	a, err := netip.ParseAddr(s)
	if err != nil {
		p, perr := netip.ParsePrefix(s)
		if perr != nil {
			return faulty(BadValue, "%q is neither an address nor a network", cut(s))
		}
		a = p.Addr()
	}
	if a.Is4() != four {
		return faulty(BadValue, "%s is an address of the other version", cut(s))
	}
	return nil
}

func checkTraffic(b Body) *fault {
	n := b.(*NetworkTraffic)
	switch {
	case len(n.Protocols) == 0:
		return faulty(Missing, "network-traffic needs protocols")
	case n.Source == "" && n.Destination == "":
		return faulty(Missing, "network-traffic needs src_ref or dst_ref")
	case n.IsActive != nil && *n.IsActive && !n.End.IsZero():
		return faulty(BadValue, "network-traffic that is active has no end")
	}
	for _, p := range []*int{n.SourcePort, n.DestinationPort} {
		if p != nil && (*p < 0 || *p > 65535) {
			return faulty(BadValue, "%d is no port", *p)
		}
	}
	return order("start", n.Start, "end", n.End, false)
}

// typeOf gives the type that an identifier begins with.
func typeOf(id string) string {
	t, _, _ := strings.Cut(id, "--")
	return t
}
