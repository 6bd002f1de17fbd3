package stix

var address = []string{"ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"}

// observables are the cyber-observable objects. OASIS STIX 2.1 §6
var observables = map[string]*shape{
	"artifact": {clause: "6.1", props: props{"mime_type": is(str), "payload_bin": is(base64ed), "url": is(uri), "hashes": is(hashed),
		"encryption_algorithm": oneOf("AES-256-GCM", "ChaCha20-Poly1305", "mime-type-indicated"), "decryption_key": is(str)}, rule: artifactRule},
	"autonomous-system": {clause: "6.2", props: props{"number": must(is(integer)), "name": is(str), "rir": is(str)}},
	"directory": {clause: "6.3", props: props{"path": must(is(str)), "path_enc": is(charset), "ctime": is(when), "mtime": is(when), "atime": is(when),
		"contains_refs": refs("file", "directory")}},
	"domain-name": {clause: "6.4", props: props{"value": must(is(str)), "resolves_to_refs": refs("ipv4-addr", "ipv6-addr", "domain-name")}, rule: valueRule},
	"email-addr":  {clause: "6.5", props: props{"value": must(is(str)), "display_name": is(str), "belongs_to_ref": ref("user-account")}, rule: valueRule},
	"email-message": {clause: "6.6", props: props{"is_multipart": must(is(yes)), "date": is(when), "content_type": is(str), "from_ref": ref("email-addr"),
		"sender_ref": ref("email-addr"), "to_refs": refs("email-addr"), "cc_refs": refs("email-addr"), "bcc_refs": refs("email-addr"), "message_id": is(str),
		"subject": is(str), "received_lines": list(is(str)), "additional_header_fields": is(lists), "body": is(str), "body_multipart": list(part(mimePart)),
		"raw_email_ref": ref("artifact")}, rule: emailRule},
	"file": {clause: "6.7", props: props{"hashes": is(hashed), "size": within(integer, 0, most), "name": is(str), "name_enc": is(charset), "magic_number_hex": is(hexa),
		"mime_type": is(str), "ctime": is(when), "mtime": is(when), "atime": is(when), "parent_directory_ref": ref("directory"),
		"contains_refs": list(refClass(SCO)), "content_ref": ref("artifact")}, some: []string{"hashes", "name"}, ext: fileExtensions},
	"ipv4-addr": {clause: "6.8", props: props{"value": must(is(str)), "resolves_to_refs": refs("mac-addr"), "belongs_to_refs": refs("autonomous-system")}, rule: valueRule},
	"ipv6-addr": {clause: "6.9", props: props{"value": must(is(str)), "resolves_to_refs": refs("mac-addr"), "belongs_to_refs": refs("autonomous-system")}, rule: valueRule},
	"mac-addr":  {clause: "6.10", props: props{"value": must(is(str))}, rule: valueRule},
	"mutex":     {clause: "6.11", props: props{"name": must(is(str))}},
	"network-traffic": {clause: "6.12", props: props{"start": is(when), "end": is(when), "is_active": is(yes), "src_ref": ref(address...), "dst_ref": ref(address...),
		"src_port": within(integer, 0, 65535), "dst_port": within(integer, 0, 65535), "protocols": must(list(is(str))), "src_byte_count": within(integer, 0, most),
		"dst_byte_count": within(integer, 0, most), "src_packets": within(integer, 0, most), "dst_packets": within(integer, 0, most), "ipfix": is(scalars),
		"src_payload_ref": ref("artifact"), "dst_payload_ref": ref("artifact"), "encapsulates_refs": refs("network-traffic"),
		"encapsulated_by_ref": ref("network-traffic")}, some: []string{"src_ref", "dst_ref"}, times: [][3]string{{"start", "end", "<="}},
		rule: trafficRule, ext: trafficExtensions},
	"process": {clause: "6.13", props: props{"is_hidden": is(yes), "pid": is(integer), "created_time": is(when), "cwd": is(str), "command_line": is(str),
		"environment_variables": is(texts), "opened_connection_refs": refs("network-traffic"), "creator_user_ref": ref("user-account"), "image_ref": ref("file"),
		"parent_ref": ref("process"), "child_refs": refs("process")}, some: []string{"*", "extensions"}, ext: processExtensions},
	"software": {clause: "6.14", props: props{"name": must(is(str)), "cpe": is(str), "swid": is(str), "languages": list(is(language)), "vendor": is(str),
		"version": is(str)}, rule: softwareRule},
	"url": {clause: "6.15", props: props{"value": must(is(uri))}},
	"user-account": {clause: "6.16", props: props{"user_id": is(str), "credential": is(str), "account_login": is(str), "account_type": is(str), "display_name": is(str),
		"is_service_account": is(yes), "is_privileged": is(yes), "can_escalate_privs": is(yes), "is_disabled": is(yes), "account_created": is(when),
		"account_expires": is(when), "credential_last_changed": is(when), "account_first_login": is(when), "account_last_login": is(when)},
		some: []string{"*", "extensions"}, ext: map[string]*shape{"unix-account-ext": {clause: "6.16.2", props: props{"gid": is(integer), "groups": list(is(str)),
			"home_dir": is(str), "shell": is(str)}, some: any1}}},
	"windows-registry-key": {clause: "6.17", props: props{"key": is(str), "values": list(part(registryValue)), "modified_time": is(when),
		"creator_user_ref": ref("user-account"), "number_of_subkeys": is(integer)}, some: any1, rule: registryRule},
	"x509-certificate": {clause: "6.18", props: props{"is_self_signed": is(yes), "hashes": is(hashed), "version": is(str), "serial_number": is(str),
		"signature_algorithm": is(str), "issuer": is(str), "validity_not_before": is(when), "validity_not_after": is(when), "subject": is(str),
		"subject_public_key_algorithm": is(str), "subject_public_key_modulus": is(str), "subject_public_key_exponent": is(integer),
		"x509_v3_extensions": part(x509Extensions)}, some: any1},
}

var any1 = []string{"*"}

var (
	mimePart = &shape{clause: "6.6.2", props: props{"body": is(str), "body_raw_ref": ref("artifact", "file"), "content_type": is(str),
		"content_disposition": is(str)}, some: []string{"body", "body_raw_ref"}, rule: mimePartRule}
	registryValue = &shape{clause: "6.17.2", props: props{"name": is(str), "data": is(str), "data_type": oneOf("REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY",
		"REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_DWORD_LITTLE_ENDIAN", "REG_LINK", "REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTION",
		"REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD", "REG_INVALID_TYPE")}, some: any1}
	x509Extensions = &shape{clause: "6.18.2", props: props{"basic_constraints": is(str), "name_constraints": is(str), "policy_constraints": is(str),
		"key_usage": is(str), "extended_key_usage": is(str), "subject_key_identifier": is(str), "authority_key_identifier": is(str),
		"subject_alternative_name": is(str), "issuer_alternative_name": is(str), "subject_directory_attributes": is(str), "crl_distribution_points": is(str),
		"inhibit_any_policy": is(str), "private_key_usage_period_not_before": is(when), "private_key_usage_period_not_after": is(when),
		"certificate_policies": is(str), "policy_mappings": is(str)}, some: any1}
)

var fileExtensions = map[string]*shape{
	"archive-ext": {clause: "6.7.2", props: props{"contains_refs": must(refs("file", "directory")), "comment": is(str)}},
	"ntfs-ext": {clause: "6.7.3", props: props{"sid": is(str), "alternate_data_streams": list(part(&shape{clause: "6.7.3.2", props: props{"name": must(is(str)),
		"hashes": is(hashed), "size": within(integer, 0, most)}}))}, some: any1},
	"pdf-ext": {clause: "6.7.4", props: props{"version": is(str), "is_optimized": is(yes), "document_info_dict": is(texts), "pdfid0": is(str), "pdfid1": is(str)}, some: any1},
	"raster-image-ext": {clause: "6.7.5", props: props{"image_height": is(integer), "image_width": is(integer), "bits_per_pixel": is(integer),
		"exif_tags": is(scalars)}, some: any1},
	"windows-pebinary-ext": {clause: "6.7.6", props: props{"pe_type": must(is(str)), "imphash": is(str), "machine_hex": is(hexa),
		"number_of_sections": within(integer, 0, most), "time_date_stamp": is(when), "pointer_to_symbol_table_hex": is(hexa), "number_of_symbols": within(integer, 0, most),
		"size_of_optional_header": within(integer, 0, most), "characteristics_hex": is(hexa), "file_header_hashes": is(hashed),
		"optional_header": part(optionalHeader), "sections": list(part(&shape{clause: "6.7.6.4", props: props{"name": must(is(str)), "size": within(integer, 0, most),
			"entropy": is(float), "hashes": is(hashed)}}))}},
}

var optionalHeader = &shape{clause: "6.7.6.2", props: props{"magic_hex": is(hexa), "major_linker_version": is(integer), "minor_linker_version": is(integer),
	"size_of_code": within(integer, 0, most), "size_of_initialized_data": within(integer, 0, most), "size_of_uninitialized_data": within(integer, 0, most),
	"address_of_entry_point": is(integer), "base_of_code": is(integer), "base_of_data": is(integer), "image_base": is(integer),
	"section_alignment": is(integer), "file_alignment": is(integer), "major_os_version": is(integer), "minor_os_version": is(integer),
	"major_image_version": is(integer), "minor_image_version": is(integer), "major_subsystem_version": is(integer), "minor_subsystem_version": is(integer),
	"win32_version_value_hex": is(hexa), "size_of_image": within(integer, 0, most), "size_of_headers": within(integer, 0, most), "checksum_hex": is(hexa),
	"subsystem_hex": is(hexa), "dll_characteristics_hex": is(hexa), "size_of_stack_reserve": within(integer, 0, most),
	"size_of_stack_commit": within(integer, 0, most), "size_of_heap_reserve": within(integer, 0, most), "size_of_heap_commit": within(integer, 0, most),
	"loader_flags_hex": is(hexa), "number_of_rva_and_sizes": is(integer), "hashes": is(hashed)}, some: any1}

var trafficExtensions = map[string]*shape{
	"http-request-ext": {clause: "6.12.2", props: props{"request_method": must(is(str)), "request_value": must(is(str)), "request_version": is(str),
		"request_header": is(lists), "message_body_length": is(integer), "message_body_data_ref": ref("artifact")}},
	"icmp-ext": {clause: "6.12.3", props: props{"icmp_type_hex": must(is(hexa)), "icmp_code_hex": must(is(hexa))}},
	"socket-ext": {clause: "6.12.4", props: props{"address_family": must(oneOf("AF_UNSPEC", "AF_INET", "AF_IPX", "AF_APPLETALK", "AF_NETBIOS", "AF_INET6", "AF_IRDA", "AF_BTH")),
		"is_blocking": is(yes), "is_listening": is(yes), "options": is(numbers), "socket_type": oneOf("SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"),
		"socket_descriptor": within(integer, 0, most), "socket_handle": is(integer)}, rule: socketRule},
	"tcp-ext": {clause: "6.12.5", props: props{"src_flags_hex": is(hexa), "dst_flags_hex": is(hexa)}, some: any1},
}

var processExtensions = map[string]*shape{
	"windows-process-ext": {clause: "6.13.2", props: props{"aslr_enabled": is(yes), "dep_enabled": is(yes), "priority": is(str), "owner_sid": is(str),
		"window_title": is(str), "startup_info": is(anything), "integrity_level": oneOf("low", "medium", "high", "system")}, some: any1},
	"windows-service-ext": {clause: "6.13.3", props: props{"service_name": is(str), "descriptions": list(is(str)), "display_name": is(str), "group_name": is(str),
		"start_type":       oneOf("SERVICE_AUTO_START", "SERVICE_BOOT_START", "SERVICE_DEMAND_START", "SERVICE_DISABLED", "SERVICE_SYSTEM_ALERT"),
		"service_dll_refs": refs("file"),
		"service_type":     oneOf("SERVICE_KERNEL_DRIVER", "SERVICE_FILE_SYSTEM_DRIVER", "SERVICE_WIN32_OWN_PROCESS", "SERVICE_WIN32_SHARE_PROCESS"),
		"service_status": oneOf("SERVICE_CONTINUE_PENDING", "SERVICE_PAUSE_PENDING", "SERVICE_PAUSED", "SERVICE_RUNNING", "SERVICE_START_PENDING",
			"SERVICE_STOP_PENDING", "SERVICE_STOPPED")}, some: any1},
}
