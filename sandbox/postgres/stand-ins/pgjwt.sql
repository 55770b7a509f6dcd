-- pgjwt (github.com/michelp/pgjwt): HMAC tokens, with pgcrypto.
create function url_encode(data bytea) returns text
  language sql immutable
  as $$ select translate(encode(data, 'base64'), E'+/=\n', '-_') $$;

create function url_decode(data text) returns bytea
  language sql immutable
  as $$
    select decode(rpad(translate(data, '-_', '+/'), (ceil(length(data) / 4.0) * 4)::int, '='), 'base64')
  $$;

create function algorithm_sign(signables text, secret text, algorithm text) returns text
  language sql immutable
  as $$
    select @extschema@.url_encode(extensions.hmac(signables, secret,
      case algorithm when 'HS256' then 'sha256' when 'HS384' then 'sha384' when 'HS512' then 'sha512' else '' end))
  $$;

create function sign(payload json, secret text, algorithm text default 'HS256') returns text
  language sql immutable
  as $$
    select signable || '.' || @extschema@.algorithm_sign(signable, secret, algorithm)
    from (select @extschema@.url_encode(convert_to(format('{"alg":"%s","typ":"JWT"}', algorithm), 'utf8')) || '.' ||
      @extschema@.url_encode(convert_to(payload::text, 'utf8')) as signable) as parts
  $$;

create function try_cast_double(inp text) returns double precision
  language plpgsql immutable
  as $$
begin
  return inp::double precision;
exception when others then
  return null;
end
$$;

create function verify(token text, secret text, algorithm text default 'HS256')
  returns table (header json, payload json, valid boolean)
  language sql immutable
  as $$
    select header, payload, signed and tstzrange(
      to_timestamp(@extschema@.try_cast_double(payload ->> 'nbf')),
      to_timestamp(@extschema@.try_cast_double(payload ->> 'exp'))) @> current_timestamp
    from (
      select convert_from(@extschema@.url_decode(part[1]), 'utf8')::json as header,
        convert_from(@extschema@.url_decode(part[2]), 'utf8')::json as payload,
        part[3] = @extschema@.algorithm_sign(part[1] || '.' || part[2], secret, algorithm) as signed
      from regexp_split_to_array(token, '\.') as part) as read
  $$;
