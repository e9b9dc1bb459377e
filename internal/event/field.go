package event

// Kind says what a column holds and how a segment stores it.
type Kind uint8

// The kinds of a column.
const (
	Text  Kind = iota // UTF-8, stored as a string
	Int               // INT64: ports, ASNs, counts
	Float             // DOUBLE
	Bool              // BOOLEAN
	IP                // two UINT64 columns <name>.hi and <name>.lo; IPv4 as ::ffff:a.b.c.d
	Time              // milliseconds since 1970 in UTC, stored as timestamp(millisecond, local)
	Key               // FIXED_LEN_BYTE_ARRAY(16): the dedupe key
)

// String is the kind's word in messages.
func (k Kind) String() string {
	return [...]string{"text", "integer", "decimal", "boolean", "address", "time", "key"}[k]
}

// Field is one typed field of an event. Names are IntelMQ's where IntelMQ has one; whatever else a feed brings is `extra.<name>`, a Text.
type Field struct {
	Name string
	Kind Kind
	Core bool   // held by every segment, if only as nulls
	Doc  string // what it holds, for the guide and for completion
}

// Names of the fields that the program itself writes or reads.
const (
	FieldKey            = "key"
	FieldIntake         = "intake"
	FieldArrival        = "time.arrival"
	FieldTime           = "time.source"
	FieldFeed           = "feed.name"
	FieldReport         = "feed.report"
	FieldTaxonomy       = "classification.taxonomy"
	FieldType           = "classification.type"
	FieldIdentifier     = "classification.identifier"
	FieldSourceIP       = "source.ip"
	FieldSourcePort     = "source.port"
	FieldSourceASN      = "source.asn"
	FieldSourceCC       = "source.geolocation.cc"
	FieldSourceNetwork  = "source.network"
	FieldSourceFQDN     = "source.fqdn"
	FieldSourceURL      = "source.url"
	FieldSourceReserved = "source.reserved"
	FieldDestIP         = "destination.ip"
	FieldDestPort       = "destination.port"
	FieldDestASN        = "destination.asn"
	FieldDestCC         = "destination.geolocation.cc"
	FieldDestFQDN       = "destination.fqdn"
	FieldDestURL        = "destination.url"
	FieldTransport      = "protocol.transport"
	FieldMalware        = "malware.name"
	FieldOrganisation   = "attribution.organisation"
	FieldNetwork        = "attribution.network"
	FieldRule           = "attribution.rule"
	FieldRole           = "attribution.role"
	FieldStanding       = "attribution.standing"
	FieldSeverity       = "extra.severity"
	FieldExtra          = "extra" // overflow: names beyond the limit, as one JSON object
)

// ExtraPrefix begins the name of each column that is no typed field.
const ExtraPrefix = "extra."

// The columns in which an event says itself what may be done with it, whatever its feed says: its PAP label, and its policy (IEP) as iep.Told reads it. What
// cannot be read there is the strictest.
const (
	FieldPAP = ExtraPrefix + "pap"
	FieldIEP = ExtraPrefix + "iep"
)

// FoldPrefix begins the names of the Int columns that only files of facts have (package fold).
const FoldPrefix = "fold."

// MaxExtras is how many distinct extra names a part of an intake, or a segment, may have as columns; a part's further ones go to FieldExtra.
const MaxExtras = 256

var fields = []Field{
	{FieldIntake, Text, true, "number of the intake that brought the event"},
	{FieldArrival, Time, true, "when the intake was accepted"},
	{FieldTime, Time, true, "when the source saw it"},
	{FieldFeed, Text, true, "the feed's name in the configuration"},
	{FieldReport, Text, true, "the feed's own type of report, e.g. scan_telnet"},
	{FieldTaxonomy, Text, true, "RSIT class"},
	{FieldType, Text, true, "RSIT type"},
	{FieldIdentifier, Text, true, "finer name of the condition, e.g. open-telnet"},
	{FieldSourceIP, IP, true, "address of the machine observed"},
	{FieldSourcePort, Int, true, "its port"},
	{FieldSourceASN, Int, true, "autonomous system of source.ip"},
	{FieldSourceCC, Text, true, "country of source.ip, ISO 3166-1 alpha-2"},
	{FieldSourceNetwork, Text, true, "prefix of source.ip, CIDR"},
	{FieldSourceFQDN, Text, true, "host name observed"},
	{FieldSourceURL, Text, true, "URL observed"},
	{"source.reverse_dns", Text, true, "reverse name of source.ip"},
	{FieldSourceReserved, Text, true, "special-purpose block of source.ip, empty for ordinary addresses"},
	{FieldDestIP, IP, true, "address at the other end"},
	{FieldDestPort, Int, true, "port at the other end"},
	{FieldDestASN, Int, true, "autonomous system of destination.ip"},
	{FieldDestCC, Text, true, "country of destination.ip"},
	{FieldDestFQDN, Text, true, "host name at the other end"},
	{FieldDestURL, Text, true, "URL at the other end"},
	{FieldTransport, Text, true, "tcp, udp, ..."},
	{"protocol.application", Text, true, "http, telnet, ..."},
	{FieldMalware, Text, true, "name of the malware"},
	{FieldOrganisation, Text, true, "the organisation concerned (its id; shown as its name)"},
	{FieldNetwork, Text, true, "the registered network that decided it"},
	{FieldRule, Text, true, "how it was decided: prefix, domain, asn, country"},
	{FieldRole, Text, true, "whose owner can act: source, destination, none"},
	{FieldStanding, Text, true, "responsible or victim"},

	{"source.account", Text, false, "account observed"},
	{"source.allocated", Time, false, "when the network was allocated"},
	{"source.as_name", Text, false, "name of the autonomous system"},
	{"source.domain_suffix", Text, false, "public suffix of source.fqdn"},
	{"source.geolocation.city", Text, false, "city of source.ip"},
	{"source.geolocation.country", Text, false, "country's name"},
	{"source.geolocation.latitude", Float, false, "latitude, degrees"},
	{"source.geolocation.longitude", Float, false, "longitude, degrees"},
	{"source.geolocation.region", Text, false, "region of source.ip"},
	{"source.geolocation.state", Text, false, "state of source.ip"},
	{"source.local_hostname", Text, false, "name inside the owner's network"},
	{"source.local_ip", IP, false, "address inside the owner's network"},
	{"source.registry", Text, false, "regional Internet registry"},
	{"source.tor_node", Bool, false, "whether source.ip is a Tor node"},
	{"source.urlpath", Text, false, "path of source.url"},
	{"source.abuse_contact", Text, false, "abuse address as the feed knew it"},
	{"source.asn_geo", Text, false, "country of registration of the AS"},
	{"destination.account", Text, false, "account at the other end"},
	{"destination.as_name", Text, false, "name of the AS at the other end"},
	{"destination.abuse_contact", Text, false, "abuse address as the feed knew it"},
	{"destination.geolocation.city", Text, false, "city at the other end"},
	{"destination.geolocation.country", Text, false, "country's name at the other end"},
	{"destination.geolocation.region", Text, false, "region at the other end"},
	{"destination.geolocation.latitude", Float, false, "latitude, degrees"},
	{"destination.geolocation.longitude", Float, false, "longitude, degrees"},
	{"destination.local_hostname", Text, false, "name inside the other network"},
	{"destination.local_ip", IP, false, "address inside the other network"},
	{"destination.network", Text, false, "prefix at the other end"},
	{"destination.reverse_dns", Text, false, "reverse name at the other end"},
	{"destination.tor_node", Bool, false, "whether destination.ip is a Tor node"},
	{"destination.urlpath", Text, false, "path of destination.url"},
	{"event_description.target", Text, false, "what was aimed at"},
	{"event_description.text", Text, false, "description in words"},
	{"event_description.url", Text, false, "page about the event"},
	{"event_hash", Text, false, "the feed's own hash"},
	{"comment", Text, false, "free text"},
	{"feed.accuracy", Float, false, "how sure the source is, per cent"},
	{"feed.code", Text, false, "short code of the feed"},
	{"feed.documentation", Text, false, "page about the feed"},
	{"feed.provider", Text, false, "who provides the feed"},
	{"feed.url", Text, false, "where the feed came from"},
	{"malware.hash.md5", Text, false, "MD5 of the malware"},
	{"malware.hash.sha1", Text, false, "SHA-1 of the malware"},
	{"malware.hash.sha256", Text, false, "SHA-256 of the malware"},
	{"malware.version", Text, false, "version of the malware"},
	{"misp.attribute_uuid", Text, false, "MISP attribute"},
	{"misp.event_uuid", Text, false, "MISP event"},
	{"product.full_name", Text, false, "product"},
	{"product.name", Text, false, "product's short name"},
	{"product.vendor", Text, false, "product's vendor"},
	{"product.version", Text, false, "product's version"},
	{"product.vulnerabilities", Text, false, "CVE numbers"},
	{"rtir_id", Int, false, "ticket in RTIR"},
	{"screenshot_url", Text, false, "picture of it"},
	{"status", Text, false, "state as the feed knew it"},
	{"time.observation", Time, false, "when the collector took it in"},
	{"tlp", Text, false, "label that the event carries itself"},
	{"user_agent", Text, false, "HTTP user agent"},
}

var byName = func() map[string]Field {
	m := make(map[string]Field, len(fields))
	for _, f := range fields {
		m[f.Name] = f
	}
	return m
}()

// FieldByName finds a typed field.
func FieldByName(name string) (Field, bool) {
	f, ok := byName[name]
	return f, ok
}

// Fields lists the typed fields, core fields first; the slice is the caller's.
func Fields() []Field { return append([]Field(nil), fields...) }
