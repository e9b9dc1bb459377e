package stix

import "github.com/go-json-experiment/json/jsontext"

// Artifact is bytes, or where to get them (section 6.1).
type Artifact struct {
	Head
	MIMEType      string `json:"mime_type,omitzero"`
	Payload       string `json:"payload_bin,omitzero"`
	URL           string `json:"url,omitzero"`
	Hashes        Hashes `json:"hashes,omitempty"`
	Encryption    string `json:"encryption_algorithm,omitzero"`
	DecryptionKey string `json:"decryption_key,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Artifact) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// AutonomousSystem is an AS (section 6.2).
type AutonomousSystem struct {
	Head
	Number int64  `json:"number"`
	Name   string `json:"name,omitzero"`
	RIR    string `json:"rir,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *AutonomousSystem) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Directory is a folder (section 6.3).
type Directory struct {
	Head
	Path         string   `json:"path"`
	PathEncoding string   `json:"path_enc,omitzero"`
	Ctime        Time     `json:"ctime,omitzero"`
	Mtime        Time     `json:"mtime,omitzero"`
	Atime        Time     `json:"atime,omitzero"`
	Contains     []string `json:"contains_refs,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *Directory) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// DomainName is a domain (section 6.4).
type DomainName struct {
	Head
	Value      string   `json:"value"`
	ResolvesTo []string `json:"resolves_to_refs,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *DomainName) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// EmailAddress is a mail address (section 6.5).
type EmailAddress struct {
	Head
	Value       string `json:"value"`
	DisplayName string `json:"display_name,omitzero"`
	BelongsTo   string `json:"belongs_to_ref,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *EmailAddress) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// EmailMessage is a mail (section 6.6).
type EmailMessage struct {
	Head
	IsMultipart       bool                      `json:"is_multipart"`
	Date              Time                      `json:"date,omitzero"`
	ContentType       string                    `json:"content_type,omitzero"`
	From              string                    `json:"from_ref,omitzero"`
	Sender            string                    `json:"sender_ref,omitzero"`
	To                []string                  `json:"to_refs,omitempty"`
	Cc                []string                  `json:"cc_refs,omitempty"`
	Bcc               []string                  `json:"bcc_refs,omitempty"`
	MessageID         string                    `json:"message_id,omitzero"`
	Subject           string                    `json:"subject,omitzero"`
	ReceivedLines     []string                  `json:"received_lines,omitempty"`
	AdditionalHeaders map[string]jsontext.Value `json:"additional_header_fields,omitempty"`
	Body              string                    `json:"body,omitzero"`
	Parts             []MIMEPart                `json:"body_multipart,omitempty"`
	RawEmail          string                    `json:"raw_email_ref,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *EmailMessage) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// File is a file (section 6.7); its extensions (archives, programs) are kept as they are.
type File struct {
	Head
	Hashes          Hashes   `json:"hashes,omitempty"`
	Size            *int64   `json:"size,omitzero"`
	Name            string   `json:"name,omitzero"`
	NameEncoding    string   `json:"name_enc,omitzero"`
	MagicNumber     string   `json:"magic_number_hex,omitzero"`
	MIMEType        string   `json:"mime_type,omitzero"`
	Ctime           Time     `json:"ctime,omitzero"`
	Mtime           Time     `json:"mtime,omitzero"`
	Atime           Time     `json:"atime,omitzero"`
	ParentDirectory string   `json:"parent_directory_ref,omitzero"`
	Contains        []string `json:"contains_refs,omitempty"`
	Content         string   `json:"content_ref,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *File) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// IPv4Address is an address or a network (section 6.8).
type IPv4Address struct {
	Head
	Value      string   `json:"value"`
	ResolvesTo []string `json:"resolves_to_refs,omitempty"`
	BelongsTo  []string `json:"belongs_to_refs,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *IPv4Address) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// IPv6Address is an address or a network (section 6.9).
type IPv6Address struct {
	Head
	Value      string   `json:"value"`
	ResolvesTo []string `json:"resolves_to_refs,omitempty"`
	BelongsTo  []string `json:"belongs_to_refs,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *IPv6Address) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// MACAddress is a hardware address, with colons, in lower case (section 6.10).
type MACAddress struct {
	Head
	Value string `json:"value"`
	Tail
}

// Common gives the common properties.
func (o *MACAddress) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Mutex is the name of a lock that a program holds (section 6.11).
type Mutex struct {
	Head
	Name string `json:"name"`
	Tail
}

// Common gives the common properties.
func (o *Mutex) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// MIMEPart is a part of a mail (section 6.6.2).
type MIMEPart struct {
	Body        string                    `json:"body,omitzero"`
	BodyRaw     string                    `json:"body_raw_ref,omitzero"`
	ContentType string                    `json:"content_type,omitzero"`
	Disposition string                    `json:"content_disposition,omitzero"`
	More        map[string]jsontext.Value `json:",unknown"`
}
