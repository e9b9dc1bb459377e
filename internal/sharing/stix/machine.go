package stix

import "github.com/go-json-experiment/json/jsontext"

// NetworkTraffic is traffic between two ends (section 6.12).
type NetworkTraffic struct {
	Head
	Start              Time                      `json:"start,omitzero"`
	End                Time                      `json:"end,omitzero"`
	IsActive           *bool                     `json:"is_active,omitzero"`
	Source             string                    `json:"src_ref,omitzero"`
	Destination        string                    `json:"dst_ref,omitzero"`
	SourcePort         *int                      `json:"src_port,omitzero"`
	DestinationPort    *int                      `json:"dst_port,omitzero"`
	Protocols          []string                  `json:"protocols"`
	SourceBytes        *int64                    `json:"src_byte_count,omitzero"`
	DestinationBytes   *int64                    `json:"dst_byte_count,omitzero"`
	SourcePackets      *int64                    `json:"src_packets,omitzero"`
	DestinationPackets *int64                    `json:"dst_packets,omitzero"`
	IPFIX              map[string]jsontext.Value `json:"ipfix,omitempty"`
	SourcePayload      string                    `json:"src_payload_ref,omitzero"`
	DestinationPayload string                    `json:"dst_payload_ref,omitzero"`
	Encapsulates       []string                  `json:"encapsulates_refs,omitempty"`
	EncapsulatedBy     string                    `json:"encapsulated_by_ref,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *NetworkTraffic) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Process is a running program (section 6.13).
type Process struct {
	Head
	IsHidden          *bool                     `json:"is_hidden,omitzero"`
	PID               *int64                    `json:"pid,omitzero"`
	CreatedTime       Time                      `json:"created_time,omitzero"`
	Cwd               string                    `json:"cwd,omitzero"`
	CommandLine       string                    `json:"command_line,omitzero"`
	Environment       map[string]jsontext.Value `json:"environment_variables,omitempty"`
	OpenedConnections []string                  `json:"opened_connection_refs,omitempty"`
	CreatorUser       string                    `json:"creator_user_ref,omitzero"`
	Image             string                    `json:"image_ref,omitzero"`
	Parent            string                    `json:"parent_ref,omitzero"`
	Children          []string                  `json:"child_refs,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *Process) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// Software is a product (section 6.14).
type Software struct {
	Head
	Name      string   `json:"name"`
	CPE       string   `json:"cpe,omitzero"`
	SWID      string   `json:"swid,omitzero"`
	Languages []string `json:"languages,omitempty"`
	Vendor    string   `json:"vendor,omitzero"`
	Version   string   `json:"version,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *Software) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// URL is a URL (section 6.15).
type URL struct {
	Head
	Value string `json:"value"`
	Tail
}

// Common gives the common properties.
func (o *URL) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// UserAccount is an account (section 6.16).
type UserAccount struct {
	Head
	UserID                string `json:"user_id,omitzero"`
	Credential            string `json:"credential,omitzero"`
	Login                 string `json:"account_login,omitzero"`
	Kind                  string `json:"account_type,omitzero"`
	DisplayName           string `json:"display_name,omitzero"`
	IsServiceAccount      *bool  `json:"is_service_account,omitzero"`
	IsPrivileged          *bool  `json:"is_privileged,omitzero"`
	CanEscalate           *bool  `json:"can_escalate_privs,omitzero"`
	IsDisabled            *bool  `json:"is_disabled,omitzero"`
	AccountCreated        Time   `json:"account_created,omitzero"`
	AccountExpires        Time   `json:"account_expires,omitzero"`
	CredentialLastChanged Time   `json:"credential_last_changed,omitzero"`
	FirstLogin            Time   `json:"account_first_login,omitzero"`
	LastLogin             Time   `json:"account_last_login,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *UserAccount) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// WindowsRegistryKey is a key of the registry, with the long names of its roots (section 6.17).
type WindowsRegistryKey struct {
	Head
	Key          string          `json:"key,omitzero"`
	Values       []RegistryValue `json:"values,omitempty"`
	ModifiedTime Time            `json:"modified_time,omitzero"`
	CreatorUser  string          `json:"creator_user_ref,omitzero"`
	Subkeys      *int64          `json:"number_of_subkeys,omitzero"`
	Tail
}

// Common gives the common properties.
func (o *WindowsRegistryKey) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// X509Certificate is a certificate (section 6.18).
type X509Certificate struct {
	Head
	IsSelfSigned       *bool                     `json:"is_self_signed,omitzero"`
	Hashes             Hashes                    `json:"hashes,omitempty"`
	Version            string                    `json:"version,omitzero"`
	SerialNumber       string                    `json:"serial_number,omitzero"`
	SignatureAlgorithm string                    `json:"signature_algorithm,omitzero"`
	Issuer             string                    `json:"issuer,omitzero"`
	NotBefore          Time                      `json:"validity_not_before,omitzero"`
	NotAfter           Time                      `json:"validity_not_after,omitzero"`
	Subject            string                    `json:"subject,omitzero"`
	PublicKeyAlgorithm string                    `json:"subject_public_key_algorithm,omitzero"`
	PublicKeyModulus   string                    `json:"subject_public_key_modulus,omitzero"`
	PublicKeyExponent  *int64                    `json:"subject_public_key_exponent,omitzero"`
	V3Extensions       map[string]jsontext.Value `json:"x509_v3_extensions,omitempty"`
	Tail
}

// Common gives the common properties.
func (o *X509Certificate) Common() (*Head, *Tail) { return &o.Head, &o.Tail }

// RegistryValue is a value below a key of the registry (section 6.17.2); the key's own value has an empty name.
type RegistryValue struct {
	Name *string                   `json:"name,omitzero"`
	Data string                    `json:"data,omitzero"`
	Type string                    `json:"data_type,omitzero"` // REG_SZ, ...
	More map[string]jsontext.Value `json:",unknown"`
}
