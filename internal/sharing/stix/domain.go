package stix

import "github.com/go-json-experiment/json/jsontext"

// AttackPattern is a way in which adversaries attack (section 4.1).
type AttackPattern struct {
	Head
	Name            string           `json:"name"`
	Description     string           `json:"description,omitzero"`
	Aliases         []string         `json:"aliases,omitempty"`
	KillChainPhases []KillChainPhase `json:"kill_chain_phases,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *AttackPattern) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// CourseOfAction is what to do against something (section 4.3).
type CourseOfAction struct {
	Head
	Name        string `json:"name"`
	Description string `json:"description,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *CourseOfAction) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Grouping says that objects share a context (section 4.4).
type Grouping struct {
	Head
	Name        string   `json:"name,omitzero"`
	Description string   `json:"description,omitzero"`
	Context     string   `json:"context"`
	Objects     []string `json:"object_refs"`
	Tail
}

// Common gives the common properties.
func (o *Grouping) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Identity is an organisation, a person or a class of them (section 4.5).
type Identity struct {
	Head
	Name               string   `json:"name"`
	Description        string   `json:"description,omitzero"`
	Roles              []string `json:"roles,omitempty"`
	Class              string   `json:"identity_class,omitzero"`
	Sectors            []string `json:"sectors,omitempty"`
	ContactInformation string   `json:"contact_information,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Identity) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Incident is a stub in STIX 2.1 (section 4.6); what there is to tell stands in its extension, see IncidentCore.
type Incident struct {
	Head
	Name        string `json:"name"`
	Description string `json:"description,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Incident) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Indicator is a pattern that shows something bad (section 4.7).
type Indicator struct {
	Head
	Name            string           `json:"name,omitzero"`
	Description     string           `json:"description,omitzero"`
	Types           []string         `json:"indicator_types,omitempty"`
	Pattern         string           `json:"pattern"`
	PatternType     string           `json:"pattern_type,omitzero"`
	PatternVersion  string           `json:"pattern_version,omitzero"`
	ValidFrom       Time             `json:"valid_from"`
	ValidUntil      Time             `json:"valid_until,omitzero"`
	KillChainPhases []KillChainPhase `json:"kill_chain_phases,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *Indicator) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Infrastructure is what attacks are made with (section 4.8).
type Infrastructure struct {
	Head
	Name            string           `json:"name"`
	Description     string           `json:"description,omitzero"`
	Types           []string         `json:"infrastructure_types,omitempty"`
	Aliases         []string         `json:"aliases,omitempty"`
	KillChainPhases []KillChainPhase `json:"kill_chain_phases,omitempty"`
	FirstSeen       Time             `json:"first_seen,omitzero"`
	LastSeen        Time             `json:"last_seen,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Infrastructure) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Location is a place (section 4.10).
type Location struct {
	Head
	Name               string   `json:"name,omitzero"`
	Description        string   `json:"description,omitzero"`
	Latitude           *float64 `json:"latitude,omitzero"`
	Longitude          *float64 `json:"longitude,omitzero"`
	Precision          *float64 `json:"precision,omitzero"`
	Region             string   `json:"region,omitzero"`
	Country            string   `json:"country,omitzero"`
	AdministrativeArea string   `json:"administrative_area,omitzero"`
	City               string   `json:"city,omitzero"`
	StreetAddress      string   `json:"street_address,omitzero"`
	PostalCode         string   `json:"postal_code,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Location) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Malware is a family or a piece of malicious code (section 4.11).
type Malware struct {
	Head
	Name             string           `json:"name,omitzero"`
	Description      string           `json:"description,omitzero"`
	Types            []string         `json:"malware_types,omitempty"`
	IsFamily         bool             `json:"is_family"`
	Aliases          []string         `json:"aliases,omitempty"`
	KillChainPhases  []KillChainPhase `json:"kill_chain_phases,omitempty"`
	FirstSeen        Time             `json:"first_seen,omitzero"`
	LastSeen         Time             `json:"last_seen,omitzero"`
	OperatingSystems []string         `json:"operating_system_refs,omitempty"`
	Architectures    []string         `json:"architecture_execution_envs,omitempty"`
	Languages        []string         `json:"implementation_languages,omitempty"`
	Capabilities     []string         `json:"capabilities,omitempty"`
	Samples          []string         `json:"sample_refs,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *Malware) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// ObservedData says that observables were seen (section 4.14).
type ObservedData struct {
	Head
	FirstObserved  Time                      `json:"first_observed"`
	LastObserved   Time                      `json:"last_observed"`
	NumberObserved int64                     `json:"number_observed"`
	Objects        map[string]jsontext.Value `json:"objects,omitempty"`
	ObjectRefs     []string                  `json:"object_refs,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *ObservedData) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Report is a text about a threat, with what it speaks of (section 4.16).
type Report struct {
	Head
	Name        string   `json:"name"`
	Description string   `json:"description,omitzero"`
	Types       []string `json:"report_types,omitempty"`
	Published   Time     `json:"published"`
	Objects     []string `json:"object_refs"`
	Tail
}

// Common gives the common properties.
func (o *Report) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// ThreatActor is who attacks (section 4.17).
type ThreatActor struct {
	Head
	Name                 string   `json:"name"`
	Description          string   `json:"description,omitzero"`
	Types                []string `json:"threat_actor_types,omitempty"`
	Aliases              []string `json:"aliases,omitempty"`
	FirstSeen            Time     `json:"first_seen,omitzero"`
	LastSeen             Time     `json:"last_seen,omitzero"`
	Roles                []string `json:"roles,omitempty"`
	Goals                []string `json:"goals,omitempty"`
	Sophistication       string   `json:"sophistication,omitzero"`
	ResourceLevel        string   `json:"resource_level,omitzero"`
	PrimaryMotivation    string   `json:"primary_motivation,omitzero"`
	SecondaryMotivations []string `json:"secondary_motivations,omitempty"`
	PersonalMotivations  []string `json:"personal_motivations,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *ThreatActor) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Tool is software of honest use that attackers use too (section 4.18).
type Tool struct {
	Head
	Name            string           `json:"name"`
	Description     string           `json:"description,omitzero"`
	Types           []string         `json:"tool_types,omitempty"`
	Aliases         []string         `json:"aliases,omitempty"`
	KillChainPhases []KillChainPhase `json:"kill_chain_phases,omitempty"`
	Version         string           `json:"tool_version,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Tool) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Vulnerability is a weakness of a product; its CVE number is an external reference (section 4.19).
type Vulnerability struct {
	Head
	Name        string `json:"name"`
	Description string `json:"description,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Vulnerability) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Note is a remark on other objects (section 4.13).
type Note struct {
	Head
	Abstract string   `json:"abstract,omitzero"`
	Content  string   `json:"content"`
	Authors  []string `json:"authors,omitempty"`
	Objects  []string `json:"object_refs"`
	Tail
}

// Common gives the common properties.
func (o *Note) Common() (*Head, *Tail) { return &o.Head, &o.Tail }
