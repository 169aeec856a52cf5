CREATE TABLE thousand (n INT PRIMARY KEY);
INSERT INTO thousand
    WITH RECURSIVE digits (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM digits WHERE d < 9)
    SELECT a.d * 100 + b.d * 10 + c.d FROM digits a, digits b, digits c;
DELIMITER //
CREATE FUNCTION drawn_uuid(seed CHAR(32)) RETURNS CHAR(36) CHARACTER SET ascii NO SQL DETERMINISTIC
    RETURN INSERT(INSERT(INSERT(INSERT(seed, 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')//
CREATE PROCEDURE fill(statements INT)
BEGIN
    DECLARE done INT DEFAULT 0;
    WHILE done < statements DO
        SET @salt = RAND();
        INSERT INTO operational_activity
            (event_id, occurred_at, actor_type, actor_id, action, resource, resource_id, payload, correlation_id,
             request_id, route_name, ip_address, user_agent)
        SELECT drawn_uuid(MD5(CONCAT(@salt, RAND(), n))),
            '2026-11-01 00:00:00' + INTERVAL (done * 1000 + n) * 6000 MICROSECOND,
            'USER', (done * 250 + n DIV 4) * 7919 % 10000, 'order.update', 'Order',
            FLOOR(RAND() * POW(2, 12 - n % 16)) + 1,
            CONCAT('{"before":{"plan":"team-monthly","seats":', n % 50, ',"total":', n % 50 * 79,
                ',"note":"as told on the phone"},"after":{"plan":"team-yearly-spring","seats":', n % 50 + 3, ',"total":',
                (n % 50 + 3) * 79, ',"note":"as told on the phone"},"by_request_of":"the customer"}'),
            drawn_uuid(MD5(CONCAT('c', @salt, n DIV 4))), drawn_uuid(MD5(CONCAT('r', @salt, n DIV 4))),
            '/api/v1/orders/{id}/lines/{line}', CONCAT('203.0.113.', n % 256),
            'Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0'
        FROM thousand;
        SET done = done + 1;
    END WHILE;
END//
DELIMITER ;
