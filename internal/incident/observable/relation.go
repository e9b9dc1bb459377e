package observable

// RelationKind is what one observable has to do with another.
type RelationKind string

// The kinds of relations, from A to B.
const (
	ResolvesTo   RelationKind = "resolves-to"
	RedirectsTo  RelationKind = "redirects-to"
	HostedOn     RelationKind = "hosted-on"
	Communicates RelationKind = "communicates-with"
	Downloads    RelationKind = "downloads"
	Drops        RelationKind = "drops"
	SentBy       RelationKind = "sent-by"
	PartOf       RelationKind = "part-of"
	UsedBy       RelationKind = "used-by"
	Exploits     RelationKind = "exploits"
	SameAs       RelationKind = "same-as" // another name of the same thing
	RelatesTo    RelationKind = "relates-to"
)

// RelationKinds lists the kinds of relations in the order in which forms show them.
func RelationKinds() []RelationKind {
	return []RelationKind{ResolvesTo, RedirectsTo, HostedOn, Communicates, Downloads, Drops, SentBy, PartOf, UsedBy, Exploits, SameAs, RelatesTo}
}
