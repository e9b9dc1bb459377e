package stix

import (
	"slices"
	"strings"
)

// Class is what sort of object a type is.
type Class uint8

// The classes, in the order in which a bundle of ours has them.
const (
	Other      Class = iota // not modelled
	Meta                    // markings, definitions of extensions, translations
	Observable              // SCO
	Domain                  // SDO
	Relation                // SRO
)

// model is how objects of a type are read.
type model struct {
	class    Class
	make     func() Body
	required []string // properties of its own that must be there (of STIX 2.1)
	gives    []string // of observables: properties that give the id (section 2.9)
}

func made[T any, P interface {
	*T
	Body
}]() Body {
	return P(new(T))
}

func words(s string) []string { return strings.Fields(s) }

// models are the types that are modelled. What more must hold stands in checks.
var models = map[string]model{
	"marking-definition":   {class: Meta, make: made[MarkingDefinition]},
	"extension-definition": {class: Meta, make: made[ExtensionDefinition], required: words("name schema version extension_types")},
	"language-content":     {class: Meta, make: made[LanguageContent], required: words("object_ref contents")},

	"attack-pattern":   {class: Domain, make: made[AttackPattern], required: words("name")},
	"course-of-action": {class: Domain, make: made[CourseOfAction], required: words("name")},
	"grouping":         {class: Domain, make: made[Grouping], required: words("context object_refs")},
	"identity":         {class: Domain, make: made[Identity], required: words("name")},
	"incident":         {class: Domain, make: made[Incident], required: words("name")},
	"indicator":        {class: Domain, make: made[Indicator], required: words("pattern pattern_type valid_from")},
	"infrastructure":   {class: Domain, make: made[Infrastructure], required: words("name")},
	"location":         {class: Domain, make: made[Location]},
	"malware":          {class: Domain, make: made[Malware], required: words("is_family")},
	"note":             {class: Domain, make: made[Note], required: words("content object_refs")},
	"observed-data":    {class: Domain, make: made[ObservedData], required: words("first_observed last_observed number_observed")},
	"report":           {class: Domain, make: made[Report], required: words("name published object_refs")},
	"threat-actor":     {class: Domain, make: made[ThreatActor], required: words("name")},
	"tool":             {class: Domain, make: made[Tool], required: words("name")},
	"vulnerability":    {class: Domain, make: made[Vulnerability], required: words("name")},
	"relationship":     {class: Relation, make: made[Relationship], required: words("relationship_type source_ref target_ref")},
	"sighting":         {class: Relation, make: made[Sighting], required: words("sighting_of_ref")},

	"artifact":             {class: Observable, make: made[Artifact], gives: words("hashes payload_bin")},
	"autonomous-system":    {class: Observable, make: made[AutonomousSystem], required: words("number"), gives: words("number")},
	"directory":            {class: Observable, make: made[Directory], required: words("path"), gives: words("path")},
	"domain-name":          {class: Observable, make: made[DomainName], required: words("value"), gives: words("value")},
	"email-addr":           {class: Observable, make: made[EmailAddress], required: words("value"), gives: words("value")},
	"email-message":        {class: Observable, make: made[EmailMessage], required: words("is_multipart"), gives: words("from_ref subject body")},
	"file":                 {class: Observable, make: made[File], gives: words("hashes name extensions parent_directory_ref")},
	"ipv4-addr":            {class: Observable, make: made[IPv4Address], required: words("value"), gives: words("value")},
	"ipv6-addr":            {class: Observable, make: made[IPv6Address], required: words("value"), gives: words("value")},
	"mac-addr":             {class: Observable, make: made[MACAddress], required: words("value"), gives: words("value")},
	"mutex":                {class: Observable, make: made[Mutex], required: words("name"), gives: words("name")},
	"network-traffic":      {class: Observable, make: made[NetworkTraffic], required: words("protocols"), gives: words("start end src_ref dst_ref src_port dst_port protocols extensions")},
	"process":              {class: Observable, make: made[Process]},
	"software":             {class: Observable, make: made[Software], required: words("name"), gives: words("name cpe swid vendor version")},
	"url":                  {class: Observable, make: made[URL], required: words("value"), gives: words("value")},
	"user-account":         {class: Observable, make: made[UserAccount], gives: words("account_type user_id account_login")},
	"windows-registry-key": {class: Observable, make: made[WindowsRegistryKey], gives: words("key values")},
	"x509-certificate":     {class: Observable, make: made[X509Certificate], gives: words("hashes serial_number")},
}

// checks say what more must hold of an object of a type.
var checks = map[string]func(Body) *fault{
	"marking-definition": checkMarking,
	"indicator":          checkIndicator,
	"location":           checkLocation,
	"malware":            checkMalware,
	"observed-data":      checkObserved,
	"relationship":       checkRelationship,
	"sighting":           checkSighting,
	"artifact":           checkArtifact,
	"autonomous-system":  checkAS,
	"file":               checkFile,
	"ipv4-addr":          checkIPv4,
	"ipv6-addr":          checkIPv6,
	"network-traffic":    checkTraffic,
}

// Types lists the types that are modelled, by class and name.
func Types() []string {
	var out []string
	for t := range models {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b string) int {
		if ca, cb := models[a].class, models[b].class; ca != cb {
			return int(ca) - int(cb)
		}
		return strings.Compare(a, b)
	})
	return out
}

// ClassOf says what sort of object a type is.
func ClassOf(typ string) Class { return models[typ].class }

// typed are properties whose references must be of one type.
var typed = map[string]string{"created_by_ref": "identity", "object_marking_refs": "marking-definition", "marking_ref": "marking-definition"}
