-- http (github.com/pramsey/pgsql-http): its types and functions are there, and a request fails, because nothing is sent.
create domain http_method as text;
create type http_header as (field varchar, value varchar);
create type http_response as (status integer, content_type varchar, headers http_header[], content varchar);
create type http_request as (
  method http_method, uri varchar, headers http_header[], content_type varchar, content varchar
);

create function http_header(field varchar, value varchar) returns http_header
  language sql as $$ select row($1, $2)::@extschema@.http_header $$;
create function http(request http_request) returns http_response
  language plpgsql
  as $$
begin
  raise exception using errcode = '58000', message = format('the sandbox sends no request to %s', request.uri);
end
$$;
create function http_get(uri varchar) returns http_response
  language sql as $$ select @extschema@.http(row('GET', $1, null, null, null)::@extschema@.http_request) $$;
create function http_get(uri varchar, data jsonb) returns http_response
  language sql as $$ select @extschema@.http(row('GET', $1, null, null, null)::@extschema@.http_request) $$;
create function http_post(uri varchar, content varchar, content_type varchar) returns http_response
  language sql as $$ select @extschema@.http(row('POST', $1, null, $3, $2)::@extschema@.http_request) $$;
create function http_post(uri varchar, data jsonb) returns http_response
  language sql
  as $$
    select @extschema@.http(
      row('POST', $1, null, 'application/x-www-form-urlencoded', $2::text)::@extschema@.http_request)
  $$;
create function http_put(uri varchar, content varchar, content_type varchar) returns http_response
  language sql as $$ select @extschema@.http(row('PUT', $1, null, $3, $2)::@extschema@.http_request) $$;
create function http_patch(uri varchar, content varchar, content_type varchar) returns http_response
  language sql as $$ select @extschema@.http(row('PATCH', $1, null, $3, $2)::@extschema@.http_request) $$;
create function http_delete(uri varchar) returns http_response
  language sql as $$ select @extschema@.http(row('DELETE', $1, null, null, null)::@extschema@.http_request) $$;
create function http_delete(uri varchar, content varchar, content_type varchar) returns http_response
  language sql as $$ select @extschema@.http(row('DELETE', $1, null, $3, $2)::@extschema@.http_request) $$;
create function http_head(uri varchar) returns http_response
  language sql as $$ select @extschema@.http(row('HEAD', $1, null, null, null)::@extschema@.http_request) $$;
create function http_set_curlopt(curlopt varchar, value varchar) returns boolean
  language sql as 'select true';
create function http_reset_curlopt() returns boolean
  language sql as 'select true';
create function urlencode(string varchar) returns text
  language sql immutable strict
  as $$
    select string_agg(
      case when letter ~ '[A-Za-z0-9._~-]' and length(letter) = 1 then letter
        else regexp_replace(upper(encode(convert_to(letter, 'UTF8'), 'hex')), '(..)', '%\1', 'g') end, '' order by at)
    from regexp_split_to_table(string, '') with ordinality as t(letter, at)
  $$;
